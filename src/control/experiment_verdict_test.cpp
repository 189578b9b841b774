#include <gtest/gtest.h>

#include "control/challenger_simulation_fixture.h"

namespace quoin {
namespace {

double share_of(const std::vector<SimulatedEnd>& ends, std::string_view conclusion) {
    return static_cast<double>(std::ranges::count(ends, conclusion, &SimulatedEnd::conclusion)) / static_cast<double>(ends.size());
}

/// bench/challenger_simulation has the figures of 1000 repeats and more effects.
TEST(ExperimentVerdict, SeldomErrsAndFindsWhatThereIs) {
    for (const auto& plan : simulated_plans()) {
        auto equal = simulate_challenger(plan, 1.0, 60);
        EXPECT_LE(share_of(equal, "worse"), 0.05) << plan.name;
        EXPECT_LE(share_of(equal, "better"), 0.05) << plan.name;
        EXPECT_LE(share_of(equal, "sample_ratio"), 0.02) << plan.name;
        EXPECT_GE(share_of(simulate_challenger(plan, 1.5, 60), "worse"), 0.95) << plan.name;
        EXPECT_GE(share_of(simulate_challenger(plan, 0.7, 60), "better"), 0.95) << plan.name;
    }
}

TEST(ExperimentVerdict, StopsWhereOutcomesOfOneArmGetLost) {
    Experiment experiment{.id = "lost", .terms = {.steps = {0.5}}};
    ExperimentVerdict verdict(experiment.terms);
    Rng rng(4);
    for (std::int64_t i = 1; i <= 5000; ++i) {
        bool challenged = rng.uniform() < 0.5;
        if (challenged && rng.uniform() < 0.3) continue;
        CountedLoss loss{.sequence = i, .is_shadow = false, .share = 0.5};
        (challenged ? loss.challenger : loss.champion) = 0.1;
        verdict.observe(loss);
    }
    EXPECT_STREQ(verdict.decide(experiment).conclusion, "sample_ratio");
}

}  // namespace
}  // namespace quoin
