// Quantile models through the same door as every model, against the simulated platform's known law.

#include "learning/quantile_fit.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "learning/objective.h"
#include "learning/quantile_rows.h"
#include "learning/trainer.h"

namespace quoin {
namespace {

Table table_of(const Matrix& rows, const std::vector<double>& labels) {
    std::vector<Column> columns;
    for (std::size_t j = 0; j < 3; ++j) columns.push_back({fmt::format("x{}", j), rows.column(j)});
    columns.push_back({"y", labels});
    return Table::make(std::move(columns)).value();
}

Declaration declaration() {
    return parse_declaration(R"(
model: tails
source: rows.csv
label: y
features: [{column: x0, monotone: 1}, x1, x2]
members:
  - family: xgboost
    parameters: {num_boost_round: 80, learning_rate: 0.1, max_depth: 3, min_child_weight: 30, subsample: 1, colsample_bytree: 1,
                 colsample_bynode: 1}
folds: 3
quantiles: [0.05, 0.5, 0.95, 0.99, 0.999]
)")
        .value();
}

TEST(QuantileFit, ConformalBoundsCoverAndNeverCross) {
    const QuantileRows rows;
    auto trained = train(table_of(rows.train, rows.train_labels), declaration());
    ASSERT_TRUE(trained) << trained.error().message;
    auto answers = predict_rows(trained->model, table_of(rows.test, rows.test_labels), {}).value();
    const auto& levels = trained->model.quantiles->levels;
    ASSERT_EQ(answers.quantiles.size(), 5u);
    for (std::size_t k = 0; k < 5; ++k) {
        double covered = 0, loss = 0, truth = 0;
        for (std::size_t i = 0; i < QuantileRows::count; ++i) {
            ASSERT_GE(answers.quantiles[k][i], answers.quantiles[k == 0 ? 0 : k - 1][i]);
            covered += rows.test_labels[i] <= answers.quantiles[k][i];
            loss += pinball_loss(levels[k].level, rows.test_labels[i], answers.quantiles[k][i]);
            truth += pinball_loss(levels[k].level, rows.test_labels[i], QuantileRows::truth(rows.test.row(i), levels[k].level));
        }
        // Calibration on 6000 rows and a test on 6000: standard deviation √(2 α (1 − α) / 6000), four of them.
        double level = levels[k].level;
        EXPECT_NEAR(covered / QuantileRows::count, level, 4 * std::sqrt(2 * level * (1 - level) / QuantileRows::count)) << level;
        EXPECT_LT(loss, (level < 0.99 ? 1.08 : 1.25) * truth) << level;
    }
}

TEST(QuantileFit, SavedAndLoadedToTheBit) {
    const QuantileRows rows;
    auto trained = train(table_of(rows.train, rows.train_labels), declaration()).value();
    auto again = train(table_of(rows.train, rows.train_labels), declaration(), no_progress(),
                       ManualClock(EventTime{trained.model.trained_at}));
    EXPECT_EQ(trained.model.save(), again->model.save()) << "the same request gives other bytes";
    auto bytes = trained.model.save();
    auto loaded = TrainedModel::load(bytes);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->save(), bytes);
    auto raw = trained.model.encoder.raw(table_of(rows.test, rows.test_labels)).value();
    auto encoded = trained.model.encoder.encode(raw);
    auto values = trained.model.quantile_values(raw, encoded), loaded_values = loaded->quantile_values(raw, encoded);
    for (std::size_t i = 0; i < 100; ++i)
        for (std::size_t k = 0; k < 5; ++k) EXPECT_EQ(values[i][k].bound, loaded_values[i][k].bound);
    // What explains a quantile adds up to it.
    auto reasons = trained.model.quantile_contributions(3, raw, encoded);
    for (std::size_t i = 0; i < 100; ++i) {
        double sum = 0;
        for (double value : reasons.row(i)) sum += value;
        EXPECT_NEAR(sum, trained.model.quantiles->levels[3].ensemble.predict(encoded.row(i)), 1e-9);
    }
}

TEST(QuantileFit, WeightsFindTheBetterColumnAndTheBetterMixture) {
    Rng rng(4);
    constexpr std::size_t rows = 3000;
    Matrix predictions(rows, 3);
    std::vector<double> labels;
    for (std::size_t i = 0; i < rows; ++i) {
        double x = rng.normal(), error = rng.normal();
        labels.push_back(x + rng.normal());
        predictions(i, 0) = x + 1.645 + error;  // the two errors cancel
        predictions(i, 1) = x + 1.645 - error;
        predictions(i, 2) = 5 * rng.normal();
    }
    auto weights = pinball_weights(predictions, labels, 0.95);
    EXPECT_NEAR(weights[0], 0.5, 0.03);
    EXPECT_NEAR(weights[1], 0.5, 0.03);
    EXPECT_NEAR(weights[2], 0, 0.02);
    EXPECT_EQ(pinball_weights(Matrix(1, 1), std::vector<double>{1.0}, 0.9), std::vector<double>{1.0});
}

TEST(QuantileFit, TooFewRowsForALevelAreRefused) {
    const QuantileRows rows;
    std::vector<std::size_t> first(600);
    for (std::size_t i = 0; i < first.size(); ++i) first[i] = i;
    auto refused = train(table_of(rows.train, rows.train_labels).take(first), declaration());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "600 held-out rows are too few to calibrate the quantile of level 0.999");
}

TEST(QuantileDeclaration, IsCheckedAndRendered) {
    auto text = render_declaration(declaration());
    auto again = parse_declaration(text);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->quantiles, declaration().quantiles);
    auto with = [](const std::string& line) {
        auto parsed = parse_declaration(
            "model: m\nsource: s\ntime: t\nlabel: {column: y, scale: log}\nfeatures: [x]\nmembers: [xgboost]\n" + line);
        return parsed ? "" : parsed.error().field;
    };
    EXPECT_EQ(with("quantiles: [0.5, 0.9]\nseason: {series: x, ahead_hours: 1}"), "");
    EXPECT_EQ(with("quantiles: [0.9, 0.5]"), "quantiles");
    EXPECT_EQ(with("quantiles: [0.5, 0.5]"), "quantiles");
    EXPECT_EQ(with("quantiles: [0, 0.5]"), "quantiles");
    EXPECT_EQ(with("season: {ahead_hours: 1}"), "series");
    EXPECT_EQ(with("season: {series: x, ahead_hours: 0}"), "ahead_hours");
    auto season = parse_declaration("model: m\nsource: s\nlabel: y\nfeatures: [x]\nmembers: [xgboost]\nseason: {series: x}");
    EXPECT_EQ(season.error().field, "season");
    auto network = parse_declaration("model: m\nsource: s\nlabel: y\nfeatures: [x]\nmembers: [network]\nquantiles: [0.9]");
    EXPECT_EQ(network.error().field, "quantiles");
    auto member = parse_declaration("model: m\nsource: s\nlabel: y\nfeatures: [x]\nmembers: [{family: xgboost, objective: quantile}]");
    EXPECT_EQ(member.error().field, "objective");
}

}  // namespace
}  // namespace quoin
