#include "evaluation/survival/censored_scores.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>

#include "base/rng.h"
#include "evaluation/survival/concordance.h"
#include "evaluation/survival/product_limit.h"
#include "models/survival/survival_fixture.h"

namespace quoin {
namespace {

/// scikit-survival's answers (0.23.1): tests/oracles/survival_scores.py.
struct ScoredRows {
    boost::json::value oracle = survival_oracle("survival_scores.json");
    std::vector<double> train_stops = numbers(oracle, "train_stops"), stops = numbers(oracle, "stops"), risks = numbers(oracle, "risks"),
                        horizons = numbers(oracle, "horizons");
    std::vector<std::uint8_t> train_events = flags(oracle, "train_events"), events = flags(oracle, "events");
    SurvivalTimes times{stops, events};
    SurvivalCurve censoring = censoring_curve({train_stops, train_events}).value();

    static std::vector<double> numbers(const boost::json::value& value, const char* name) { return numbers_or_missing(value.at(name)); }
    static std::vector<std::uint8_t> flags(const boost::json::value& value, const char* name) {
        const std::vector<double> numbers = numbers_or_missing(value.at(name));
        return {numbers.begin(), numbers.end()};
    }
    Matrix survival() const {
        const std::vector<double> values = numbers(oracle, "survival");
        Matrix survival(stops.size(), horizons.size());
        std::copy(values.begin(), values.end(), survival.view().data());
        return survival;
    }
};

TEST(CensoredScores, AgreeWithScikitSurvival) {
    const ScoredRows rows;
    const std::vector<double> expected_auc = rows.numbers(rows.oracle, "auc"), expected_brier = rows.numbers(rows.oracle, "brier"),
                              expected_censoring = rows.numbers(rows.oracle, "censoring");
    const DynamicAuc auc = dynamic_auc(rows.times, rows.risks, rows.horizons, rows.censoring).value();
    const std::vector<double> brier = brier_scores(rows.times, rows.survival(), rows.horizons, rows.censoring).value();
    for (std::size_t k = 0; k < rows.horizons.size(); ++k) {
        EXPECT_NEAR(auc.at[k], expected_auc[k], 1e-12) << k;
        EXPECT_NEAR(brier[k], expected_brier[k], 1e-12) << k;
        EXPECT_NEAR(rows.censoring.at(rows.horizons[k]), expected_censoring[k], 1e-12) << k;
    }
    EXPECT_NEAR(auc.mean, rows.oracle.at("mean_auc").as_double(), 1e-12);
    EXPECT_NEAR(integrated_brier_score(brier, rows.horizons).value(), rows.oracle.at("integrated_brier").as_double(), 1e-12);
    EXPECT_NEAR(concordance(rows.times, rows.risks).value().index(), rows.oracle.at("harrell").as_double(), 1e-12);
    EXPECT_NEAR(uno_concordance(rows.times, rows.risks, rows.censoring, rows.horizons.back()).value(), rows.oracle.at("uno").as_double(),
                1e-12);
}

TEST(CensoredScores, RefuseWhatCannotBeScored) {
    const ScoredRows rows;
    const std::vector<double> backwards = {5, 4}, early = {0.5}, one = {5};
    EXPECT_FALSE(dynamic_auc(rows.times, rows.risks, backwards, rows.censoring));
    EXPECT_FALSE(dynamic_auc(rows.times, rows.risks, early, rows.censoring)) << "nobody has had an event";
    EXPECT_FALSE(brier_scores(rows.times, rows.survival(), one, rows.censoring)) << "five columns for one horizon";
    EXPECT_FALSE(integrated_brier_score(one, one));
    const SurvivalCurve all_censored{{3}, {0}, 3};
    EXPECT_FALSE(brier_scores(rows.times, rows.survival(), rows.horizons, all_censored));
    EXPECT_FALSE(uno_concordance(rows.times, rows.risks, all_censored, 20));
    const std::vector<double> starts(rows.stops.size(), 0.0);
    EXPECT_EQ(dynamic_auc({rows.stops, rows.events, starts}, rows.risks, one, rows.censoring).error().kind, ErrorKind::unsupported);
}

/// Pair by pair, as the header says.
TEST(Concordance, IsTheSumOverAllPairs) {
    Rng rng(3);
    for (int round = 0; round < 200; ++round) {
        const std::size_t count = 2 + rng.below(25);
        std::vector<double> starts, stops, weights, risks;
        std::vector<std::uint8_t> events;
        std::vector<std::uint32_t> strata;
        for (std::size_t i = 0; i < count; ++i) {
            stops.push_back(static_cast<double>(1 + rng.below(8)));
            starts.push_back(std::floor(rng.uniform() * stops[i]));
            weights.push_back(0.5 + rng.uniform());
            risks.push_back(static_cast<double>(rng.below(5)));
            events.push_back(rng.below(2) == 1);
            strata.push_back(static_cast<std::uint32_t>(7 * rng.below(2)));
        }
        Concordance expected;
        for (std::size_t i = 0; i < count; ++i) {
            for (std::size_t j = 0; j < count; ++j) {
                const bool outlives = stops[j] > stops[i] || (stops[j] == stops[i] && !events[j]);
                if (i == j || !events[i] || !outlives || starts[j] >= stops[i] || strata[i] != strata[j]) continue;
                double& kind = risks[i] > risks[j] ? expected.concordant : risks[i] < risks[j] ? expected.discordant : expected.tied_risk;
                kind += weights[i] * weights[j];
            }
        }
        const auto result = concordance({stops, events, starts, weights}, risks, strata);
        ASSERT_EQ(result.has_value(), expected.concordant + expected.discordant + expected.tied_risk > 0);
        if (!result) continue;
        EXPECT_NEAR(result->concordant, expected.concordant, 1e-10);
        EXPECT_NEAR(result->discordant, expected.discordant, 1e-10);
        EXPECT_NEAR(result->tied_risk, expected.tied_risk, 1e-10);
    }
}

/// R's survfit (survival 3.5.3): tests/oracles/cox_fit.R.
void expect_like_r(const ProductLimit& estimate, const boost::json::value& expected) {
    auto numbers = [&](const char* name) { return numbers_or_missing(expected.at(name)); };
    const std::vector<double> times = numbers("times"), survival = numbers("survival"), errors = numbers("error"), lower = numbers("lower"),
                              upper = numbers("upper"), hazard = numbers("cumulative"), hazard_errors = numbers("cumulative_error"),
                              at_risk = numbers("at_risk"), quantiles = numbers("quantiles");
    const ProductLimit::Limits limits = estimate.limits(0.95);
    for (std::size_t k = 0; k < estimate.curve.times.size(); ++k) {
        const auto i = static_cast<std::size_t>(std::ranges::find(times, estimate.curve.times[k]) - times.begin());
        ASSERT_LT(i, times.size());
        EXPECT_NEAR(estimate.curve.survival[k], survival[i], 1e-12);
        EXPECT_NEAR(estimate.standard_errors[k], errors[i], 1e-12);
        EXPECT_NEAR(limits.lower[k], lower[i], 1e-12);
        EXPECT_NEAR(limits.upper[k], upper[i], 1e-12);
        EXPECT_NEAR(estimate.cumulative_hazard[k], hazard[i], 1e-12);
        EXPECT_NEAR(estimate.hazard_standard_errors[k], hazard_errors[i], 1e-12);
        EXPECT_NEAR(estimate.at_risk[k], at_risk[i], 1e-12);
    }
    const double shares[] = {0.1, 0.25, 0.5};
    for (std::size_t q = 0; q < 3; ++q) EXPECT_EQ(estimate.curve.quantile(shares[q]), quantiles[q]);
    EXPECT_NEAR(estimate.curve.restricted_mean(15), expected.at("mean").as_double(), 1e-10);
}

TEST(ProductLimit, AgreesWithR) {
    const boost::json::value oracle = survival_oracle("cox_fit.json");
    const OwnedSurvivalRows rows = owned_rows(oracle.at("rows"));
    expect_like_r(product_limit({rows.stops, rows.events}).value(), oracle.at("kaplan_meier"));
    expect_like_r(product_limit({rows.stops, rows.events, rows.starts}).value(), oracle.at("truncated_kaplan_meier"));
    const ProductLimit weighted = product_limit({rows.stops, rows.events, {}, rows.weights}).value();
    const std::vector<double> times = numbers_or_missing(oracle.at("weighted_kaplan_meier").at("times")),
                              survival = numbers_or_missing(oracle.at("weighted_kaplan_meier").at("survival"));
    for (std::size_t i = 0; i < times.size(); ++i) EXPECT_NEAR(weighted.curve.at(times[i]), survival[i], 1e-12);
}

}  // namespace
}  // namespace quoin
