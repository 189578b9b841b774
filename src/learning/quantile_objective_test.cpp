// The pinball objective of the two families that learn it. Oracle: tests/oracles/quantile_trees.py (scikit-learn's
// GradientBoostingRegressor(loss="quantile") and LightGBM in Python on the same rows).

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <fstream>
#include <sstream>

#include "learning/family.h"
#include "learning/leaf_renewal.h"
#include "learning/objective.h"
#include "learning/quantile_rows.h"

namespace quoin {
namespace {

/// Mean pinball losses on the test rows.
struct Oracle {
    double sklearn, lightgbm, truth;
};

Oracle oracle_of(double level) {
    std::ostringstream text;
    text << std::ifstream(QUOIN_SOURCE_DIR "/tests/oracles/quantile_trees.json").rdbuf();
    auto answers = boost::json::parse(text.str());
    for (const auto& answer : answers.as_array())
        if (answer.at("level").to_number<double>() == level)
            return {answer.at("sklearn").to_number<double>(), answer.at("lightgbm").to_number<double>(),
                    answer.at("truth").to_number<double>()};
    return {NAN, NAN, NAN};
}

FitOutcome fit_level(const std::string& family, const QuantileRows& rows, double level, int monotone = 0) {
    auto uses = rows.uses;
    uses[0].monotone = monotone;
    auto found = find_family(family).value();
    HyperParameters parameters{{"num_boost_round", 150}, {"learning_rate", 0.1}, {"early_stopping_rounds", 0}};
    if (family == "xgboost")
        parameters.insert({{"max_depth", 3}, {"min_child_weight", 20}, {"subsample", 1}, {"colsample_bytree", 1}, {"colsample_bynode", 1}});
    else
        parameters.insert(
            {{"num_leaves", 8}, {"min_data_in_leaf", 20}, {"feature_fraction", 1}, {"bagging_fraction", 1}, {"bagging_freq", 0}});
    auto outcome = found->fit({.uses = uses,
                               .train = {rows.train, rows.train_labels, {}},
                               .objective = Objective::quantile,
                               .quantile = level,
                               .parameters = parameters});
    EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().message);
    return std::move(outcome).value();
}

TEST(QuantileObjective, PinballLossAndCoverageNearTheLibrariesOwn) {
    const QuantileRows rows;
    for (const char* family : {"xgboost", "lightgbm"}) {
        if (!find_family(family).value()->available) continue;
        for (double level : QuantileRows::levels) {
            auto model = fit_level(family, rows, level).model;
            auto predicted = model.predict(MatrixView<const double>(rows.test));
            double loss = mean_loss(Objective::quantile, level, {rows.test, rows.test_labels, {}}, predicted);
            double covered = 0;
            for (std::size_t i = 0; i < predicted.size(); ++i) covered += rows.test_labels[i] <= predicted[i];
            covered /= static_cast<double>(predicted.size());
            auto oracle = oracle_of(level);
            EXPECT_LT(loss, 1.03 * oracle.lightgbm) << family << " " << level;
            EXPECT_LT(loss, (level < 0.999 ? 1.03 : 1.45) * oracle.sklearn) << family << " " << level;  // LightGBM's own: 1.42
            EXPECT_GT(loss, oracle.truth) << family << " " << level;
            EXPECT_NEAR(covered, level, level < 0.9 ? 0.03 : 0.01) << family << " " << level;
        }
    }
}

TEST(QuantileObjective, MonotoneLeavesKeepTheAnswerMonotone) {
    const QuantileRows rows;
    for (int sign : {1, -1}) {  // with and against the data
        auto model = fit_level("xgboost", rows, 0.95, sign).model;
        for (std::size_t i = 0; i < 200; ++i) {
            std::vector<double> row(rows.test.row(i).begin(), rows.test.row(i).end());
            double before = -INFINITY;
            for (int step = 0; step <= 100; ++step) {
                row[0] = step / 100.0;
                double answer = sign * model.predict(row);
                ASSERT_GE(answer, before) << "row " << i << " step " << step;
                before = answer;
            }
        }
    }
    // Where the constraint is true it costs nothing.
    auto free = fit_level("xgboost", rows, 0.95).model.predict(MatrixView<const double>(rows.test));
    auto held = fit_level("xgboost", rows, 0.95, 1).model.predict(MatrixView<const double>(rows.test));
    const LearningRows test{rows.test, rows.test_labels, {}};
    EXPECT_LT(mean_loss(Objective::quantile, 0.95, test, held), 1.01 * mean_loss(Objective::quantile, 0.95, test, free));
}

TEST(QuantileObjective, EarlyStoppingKeepsTheBestRound) {
    const QuantileRows rows;
    const LearningRows validation{rows.test, rows.test_labels, {}};
    for (const char* family : {"xgboost", "lightgbm"}) {
        if (!find_family(family).value()->available) continue;
        auto outcome = find_family(family).value()->fit(
            {.uses = rows.uses,
             .train = {rows.train, rows.train_labels, {}},
             .validation = &validation,
             .objective = Objective::quantile,
             .quantile = 0.95,
             .parameters = {{"num_boost_round", 400}, {"learning_rate", 0.15}, {"early_stopping_rounds", 20}}});
        ASSERT_TRUE(outcome) << outcome.error().message;
        const auto& curve = outcome->learning_curve;
        auto best = std::min_element(curve.begin(), curve.end());
        EXPECT_EQ(outcome->rounds, static_cast<std::size_t>(best - curve.begin()) + 1);
        auto predicted = outcome->model.predict(MatrixView<const double>(rows.test));
        EXPECT_NEAR(mean_loss(Objective::quantile, 0.95, validation, predicted), *best, 1e-9);
    }
}

TEST(QuantileObjective, EveryRoundDrawsItsOwnRows) {
    const QuantileRows rows;
    auto outcome = find_family("xgboost").value()->fit(
        {.uses = rows.uses,
         .train = {rows.train, rows.train_labels, {}},
         .objective = Objective::quantile,
         .quantile = 0.9,
         .parameters = {{"num_boost_round", 2}, {"learning_rate", 1e-9}, {"subsample", 0.4}, {"max_depth", 4}}});
    ASSERT_TRUE(outcome) << outcome.error().message;
    const auto& parts = std::get<Forest>(outcome->model.kind()).parts();
    auto second = parts.trees.at(1).root;
    std::vector<double> first_covers, second_covers;
    for (std::size_t n = 0; n < parts.nodes.size(); ++n) (n < second ? first_covers : second_covers).push_back(parts.nodes[n].cover);
    EXPECT_NE(first_covers, second_covers) << "gradients hardly differ, so equal trees mean equal rows";
}

TEST(QuantileObjective, OthersRefuseIt) {
    const QuantileRows rows;
    FitRequest request{.uses = rows.uses, .train = {rows.train, rows.train_labels, {}}, .objective = Objective::quantile, .quantile = 0.9};
    for (const FamilyEntry& family : families()) {
        if (family.learns_quantiles || !family.available) continue;
        EXPECT_EQ(family.fit(request).error().kind, ErrorKind::unsupported) << family.name;
    }
    request.quantile = 1;
    EXPECT_EQ(find_family("xgboost").value()->fit(request).error().kind, ErrorKind::invalid);
    if (!find_family("lightgbm").value()->available) return;
    auto uses = rows.uses;
    uses[1].monotone = 1;
    request.quantile = 0.9, request.uses = uses;
    auto refused = find_family("lightgbm").value()->fit(request);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().field, "x1");
}

TEST(WeightedQuantile, ByDefinition) {
    const std::vector<double> values = {4, 1, 3, 2}, weights = {1, 1, 1, 5};
    EXPECT_EQ(weighted_quantile(values, {}, 0.5), 2.5);
    EXPECT_EQ(weighted_quantile(values, {}, 0.6), 3);
    EXPECT_EQ(weighted_quantile(values, {}, 0.999), 4);
    EXPECT_EQ(weighted_quantile(values, {}, 1e-9), 1);
    EXPECT_EQ(weighted_quantile(values, weights, 0.5), 2);
    // Equal weights are none: the selection against the sort.
    const QuantileRows rows;
    for (std::size_t count : {1, 2, 3, 10, 997, 1000}) {
        auto labels = std::span(rows.train_labels).first(count);
        const std::vector<double> ones(count, 1.0);
        for (double level : {0.001, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.999})
            EXPECT_EQ(weighted_quantile(labels, {}, level), weighted_quantile(labels, ones, level)) << count << " " << level;
    }
}

}  // namespace
}  // namespace quoin
