#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "base/rng.h"
#include "control/experiment_verdict.h"
#include "prediction/assignment.h"

namespace quoin {

/// For tests and the bench: one way to run an experiment.
struct SimulatedPlan {
    std::string name;
    ExperimentTerms terms;
};
inline std::vector<SimulatedPlan> simulated_plans() {
    ExperimentTerms terms{.outcomes_per_step = 100, .outcomes_max = 50'000, .margin = 0.01};
    auto with = [&](const std::vector<double>& steps) {
        auto changed = terms;
        changed.steps.assign(steps.begin(), steps.end());
        return changed;
    };
    return {{"half and half", with({0.5})}, {"5 %, 25 %, 50 %", with({0.05, 0.25, 0.5})}, {"shadow", with({0})}};
}

struct SimulatedEnd {
    std::string conclusion;
    std::uint64_t outcomes;
};

/// One experiment from its start to its end; the challenger's errors are `factor` times as large. Entities are assigned as a server does.
inline SimulatedEnd simulate_one(const SimulatedPlan& plan, double factor, std::uint64_t seed) {
    constexpr double mean_loss = 0.1, correlation = 0.8;
    const double spread = mean_loss / std::sqrt(2 / std::acos(-1.0));
    Rng rng(seed);
    Experiment experiment{.id = "simulated " + std::to_string(seed), .terms = plan.terms};
    Assignment assignment(experiment.id);
    ExperimentVerdict verdict(plan.terms);
    for (std::int64_t entity = 1;; ++entity) {
        double common = rng.normal(), own = correlation * common + std::sqrt(1 - correlation * correlation) * rng.normal();
        double champion = spread * std::abs(common), challenger = factor * spread * std::abs(own);
        CountedLoss loss{.sequence = entity, .is_shadow = experiment.is_shadow(), .share = experiment.share()};
        bool challenged = assignment.is_challenger(EntityId("entity " + std::to_string(entity)), experiment.share());
        if (loss.is_shadow || challenged) loss.challenger = challenger;
        if (loss.is_shadow || !challenged) loss.champion = champion;
        verdict.observe(loss);
        auto decision = verdict.decide(experiment);
        if (decision.action == ExperimentVerdict::Action::next_step) ++experiment.step;
        if (decision.action == ExperimentVerdict::Action::promote || decision.action == ExperimentVerdict::Action::stop)
            return {decision.conclusion, verdict.outcomes()};
    }
}

inline std::vector<SimulatedEnd> simulate_challenger(const SimulatedPlan& plan, double factor, std::size_t repeats) {
    std::vector<SimulatedEnd> ends(repeats);
    parallel_for(repeats, [&](std::size_t i) { ends[i] = simulate_one(plan, factor, 1000 + i); });
    return ends;
}

}  // namespace quoin
