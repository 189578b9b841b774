#include "models/survival/proportional_hazards.h"

#include <gtest/gtest.h>

#include <cmath>

namespace quoin {
namespace {

ProportionalHazards::Parts example_parts() {
    LinearModel linear{
        .features = 2,
        .terms = {{.feature = 0, .mean = 2, .scale = 1, .coefficient = 0.5}, {.feature = 1, .mean = 0.5, .scale = 1, .coefficient = -1}}};
    return {{"offer", "furnished"},
            Regressor(std::move(linear)),
            {{"city", {10, 20, 40}, {0.1, 0.4, 1.0}, 50}, {"coast", {5, 6}, {0.2, 0.2}, 90}}};
}

ProportionalHazards example() { return ProportionalHazards::make(example_parts()).value(); }

TEST(ProportionalHazards, AnswersByHand) {
    const ProportionalHazards model = example();
    const std::vector<double> row = {3, 0};
    const double relative = std::exp(0.5 * 1 + 0.5);
    const SurvivalAnswer answer = model.answer(row, {.grid = {0, 10, 39.9, 60}, .shares = {0.1, 0.5, 0.99}}).value();
    EXPECT_NEAR(answer.log_hazard, 1, 1e-15);
    const double at10 = std::exp(-0.1 * relative), at20 = std::exp(-0.4 * relative), at40 = std::exp(-relative);
    EXPECT_NEAR(answer.expected, 10 + 10 * at10 + 20 * at20 + 10 * at40, 1e-12);
    EXPECT_EQ(answer.horizon, 50);
    EXPECT_NEAR(answer.survival[0], 1, 1e-15);
    EXPECT_NEAR(answer.survival[1], at10, 1e-15);
    EXPECT_NEAR(answer.survival[2], at20, 1e-15);
    EXPECT_NEAR(answer.survival[3], at40, 1e-15);
    EXPECT_EQ(answer.quantiles[0], 10);
    EXPECT_EQ(answer.quantiles[1], 20);
    EXPECT_FALSE(answer.quantiles[2]) << "the curve ends at " << at40;
    EXPECT_EQ(answer.factors[0].covariate, 0u);
    EXPECT_NEAR(answer.factors[0].hazard_ratio, std::exp(0.5), 1e-12);
    EXPECT_NEAR(answer.factors[1].contribution, 0.5, 1e-15);
    EXPECT_NEAR(model.answer(row, {.stratum = 1, .horizon = 5.5}).value().expected, 5 + 0.5 * std::exp(-0.2 * relative), 1e-12);
}

TEST(ProportionalHazards, LeversAreOrderedBySooner) {
    const ProportionalHazards model = example();
    const std::vector<double> row = {3, 1};
    const std::vector<Lever> levers = {{0, {2, 5}}, {1, {0}}};
    const auto effects = model.lever_effects(row, levers, {.horizon = 40});
    ASSERT_EQ(effects.size(), 3u);
    EXPECT_EQ(effects[0].value, 5);  // both 5 and unfurnished raise the log hazard by 1: the order of the levers decides
    EXPECT_NEAR(effects[0].hazard_ratio, std::exp(1.0), 1e-12);
    EXPECT_NEAR(effects[1].hazard_ratio, std::exp(1.0), 1e-12);
    EXPECT_LT(effects[0].change, 0);
    EXPECT_GT(effects[2].change, 0);
    const std::vector<double> moved = {5, 1};
    EXPECT_NEAR(effects[0].expected, model.answer(moved, {.horizon = 40}).value().expected, 1e-12);
}

TEST(ProportionalHazards, TheGridIsTheCurve) {
    const ProportionalHazards model = example();
    Matrix rows(3, 2);
    for (std::size_t i = 0; i < 3; ++i) rows(i, 0) = static_cast<double>(i);
    rows(2, 1) = std::nan("");
    const std::vector<std::uint32_t> strata = {0, 1, 0};
    const std::vector<double> grid = {0, 5, 10, 25, 1000};
    const Matrix survival = model.survival(rows, strata, grid);
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t k = 0; k < grid.size(); ++k) EXPECT_EQ(survival(i, k), model.curve(rows.row(i), strata[i]).at(grid[k]));
}

TEST(ProportionalHazards, SurvivesSavingAndRefusesDamage) {
    const ProportionalHazards model = example();
    const std::vector<std::byte> bytes = model.save();
    const ProportionalHazards loaded = ProportionalHazards::load(bytes).value();
    const std::vector<double> row = {1, 1};
    EXPECT_EQ(loaded.curve(row, 1).survival, model.curve(row, 1).survival);
    EXPECT_EQ(loaded.stratum("coast").value(), 1u);
    EXPECT_EQ(loaded.parts().covariates, model.parts().covariates);
    EXPECT_EQ(loaded.save(), bytes);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        std::vector<std::byte> damaged = bytes;
        damaged[at] ^= std::byte{4};
        auto result = ProportionalHazards::load(damaged);
        EXPECT_TRUE(!result || result->save() == bytes) << "only padding may change without notice: byte " << at;
    }
    EXPECT_FALSE(ProportionalHazards::load(std::span(bytes).first(bytes.size() / 2)));
}

TEST(ProportionalHazards, RefusesABaselineThatFalls) {
    auto falls = example_parts(), ends = example_parts(), none = example_parts(), names = example_parts();
    falls.baselines[0].cumulative = {0.1, 0.05, 1};
    ends.baselines[0].last_time = 30;
    none.baselines.clear();
    names.covariates.pop_back();
    for (auto* parts : {&falls, &ends, &none, &names}) EXPECT_FALSE(ProportionalHazards::make(*parts));
    EXPECT_FALSE(example().answer(std::vector<double>{1, 1}, {.stratum = 2}));
    EXPECT_FALSE(example().answer(std::vector<double>{1, 1}, {.shares = {1.0}}));
}

/// R's quantile.survfit takes the middle of a stretch at the very level.
TEST(SurvivalCurve, QuantileOfAFlatStretchIsItsMiddle) {
    const SurvivalCurve curve{{1, 2, 5}, {0.75, 0.5, 0.25}, 7};
    EXPECT_EQ(curve.quantile(0.5), 3.5);
    EXPECT_EQ(curve.quantile(0.4), 2);
    EXPECT_EQ(curve.quantile(0.75), 5) << "nothing is known of the end of the last stretch";
    EXPECT_FALSE(curve.quantile(0.8));
    EXPECT_NEAR(curve.restricted_mean(6), 1 + 0.75 + 3 * 0.5 + 0.25, 1e-15);
    EXPECT_EQ(curve.restricted_mean(0.5), 0.5);
}

}  // namespace
}  // namespace quoin
