#include "learning/survival/boosted_hazards.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "evaluation/survival/censored_scores.h"
#include "evaluation/survival/concordance.h"
#include "evaluation/survival/product_limit.h"
#include "learning/survival/cox_fit.h"

namespace quoin {
namespace {

/// The hazard depends on |x1| and a threshold of x2, which no line through x follows; a third of the rows is censored.
struct BentRows {
    Matrix x;
    std::vector<double> stops;
    std::vector<std::uint8_t> events;

    BentRows(std::size_t count, std::uint64_t seed) : x(count, 3) {
        Rng rng(seed);
        for (std::size_t i = 0; i < count; ++i) {
            for (std::size_t j = 0; j < 3; ++j) x(i, j) = rng.normal();
            const double log_hazard = 1.5 * std::abs(x(i, 0)) + (x(i, 1) > 0.5 ? 1.0 : 0.0);
            const double life = -std::log(1 - rng.uniform()) * 40 * std::exp(-log_hazard), end = 60 * rng.uniform();
            stops.push_back(std::min(life, end) + 1e-3);
            events.push_back(life <= end);
        }
    }
    SurvivalRows rows() const { return {.covariates = x, .times = {stops, events}}; }
};

TEST(BoostedHazards, FindWhatCoxCannot) {
    const BentRows train(1500, 1), test(1000, 2);
    const ProportionalHazards boosted = fit_boosted_hazards(train.rows()).value();
    const ProportionalHazards cox = fit_cox(train.rows()).value().model;
    const double boosted_index = concordance(test.rows().times, boosted.log_hazards(test.x)).value().index();
    const double cox_index = concordance(test.rows().times, cox.log_hazards(test.x)).value().index();
    EXPECT_GT(boosted_index, 0.68);
    EXPECT_GT(boosted_index, cox_index + 0.08) << "linear: " << cox_index;
    const SurvivalCurve censoring = censoring_curve(train.rows().times).value();
    const std::vector<double> horizons = {2, 5, 10, 20, 40};
    auto score = [&](const ProportionalHazards& model) {
        return integrated_brier_score(brier_scores(test.rows().times, model.survival(test.x, {}, horizons), horizons, censoring).value(),
                                      horizons)
            .value();
    };
    EXPECT_LT(score(boosted), 0.97 * score(cox));
}

TEST(BoostedHazards, BaselineIsBreslows) {
    const BentRows train(300, 3);
    const ProportionalHazards boosted = fit_boosted_hazards(train.rows(), {.rounds = 20}).value();
    const std::vector<double> log_hazards = boosted.log_hazards(train.x);
    const BaselineHazard& baseline = boosted.parts().baselines[0];
    double cumulative = 0;
    for (std::size_t k = 0; k < baseline.times.size(); ++k) {
        double at_risk = 0;
        for (std::size_t i = 0; i < train.stops.size(); ++i)
            if (train.stops[i] >= baseline.times[k]) at_risk += std::exp(log_hazards[i]);
        cumulative += 1 / at_risk;
        EXPECT_NEAR(baseline.cumulative[k], cumulative, 1e-10 * (1 + cumulative));
    }
    const ProportionalHazards again = fit_boosted_hazards(train.rows(), {.rounds = 20}).value();
    EXPECT_EQ(again.save(), boosted.save());
    EXPECT_EQ(ProportionalHazards::load(boosted.save()).value().curve(train.x.row(0)).survival, boosted.curve(train.x.row(0)).survival);
}

TEST(BoostedHazards, RefuseWhatTheyCannotLearnFrom) {
    BentRows rows(50, 4);
    const std::vector<double> starts(50, 0.0);
    SurvivalRows late = rows.rows();
    late.times.starts = starts;
    EXPECT_EQ(fit_boosted_hazards(late).error().kind, ErrorKind::unsupported);
    EXPECT_FALSE(fit_boosted_hazards(rows.rows(), {.rounds = 0}));
    rows.x(3, 0) = std::nan("");
    EXPECT_TRUE(fit_boosted_hazards(rows.rows(), {.rounds = 5})) << "a tree knows where the missing go";
    std::ranges::fill(rows.events, 0);
    EXPECT_FALSE(fit_boosted_hazards(rows.rows()));
}

}  // namespace
}  // namespace quoin
