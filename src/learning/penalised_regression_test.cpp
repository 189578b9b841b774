#include "learning/penalised_regression.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "base/rng.h"

namespace quoin {
namespace {

/// scikit-learn's answers (tests/oracles/penalised_regression.py).
const boost::json::value& oracle() {
    static const boost::json::value value = [] {
        std::ifstream file(std::string(QUOIN_SOURCE_DIR) + "/tests/oracles/penalised_regression.json");
        std::stringstream text;
        text << file.rdbuf();
        return parse_json(text.str()).value();
    }();
    return value;
}

std::vector<double> numbers(const boost::json::value& value) {
    std::vector<double> result;
    for (const auto& number : value.as_array()) result.push_back(number.to_number<double>());
    return result;
}

struct OracleTable {
    Matrix features{80, 4};
    std::vector<double> labels = numbers(oracle().at("labels")), classes = numbers(oracle().at("classes")),
                        weights = numbers(oracle().at("weights"));
    std::vector<FeatureUse> uses = {{"year"}, {"latitude"}, {"area"}, {.name = "district", .levels = 4}};

    OracleTable() {
        for (std::size_t i = 0; i < 80; ++i) {
            auto row = numbers(oracle().at("features").at(i));
            std::copy(row.begin(), row.end(), features.row(i).begin());
        }
    }
};

std::vector<double> fitted(const LearningRows& rows, std::span<const ExpandedColumn> columns, const PenalisedFit& fit) {
    std::vector<double> margins;
    for (std::size_t i = 0; i < rows.features.rows(); ++i) {
        double sum = fit.intercept;
        for (std::size_t c = 0; c < columns.size(); ++c)
            sum += fit.coefficients[c] * standardised(columns[c], rows.features(i, columns[c].feature));
        margins.push_back(sum);
    }
    return margins;
}

TEST(PenalisedRegression, AgreesWithScikitLearn) {
    const OracleTable table;
    for (const auto& entry : oracle().at("cases").as_array()) {
        const bool binary = entry.at("objective").as_string() == "binary_logistic";
        LearningRows rows{table.features, binary ? table.classes : table.labels, {}};
        if (entry.at("rows").as_string() == "weighted") rows.weights = table.weights;
        auto columns = expanded_columns(table.uses, rows).value();
        ASSERT_EQ(columns.size(), 7u);
        PenalisedOptions options{.alpha = entry.at("alpha").to_number<double>(), .l1_ratio = entry.at("l1_ratio").to_number<double>()};
        auto fit = fit_penalised(rows, columns, binary ? Objective::binary_logistic : Objective::squared_error, options).value();
        auto margins = fitted(rows, columns, fit);
        auto expected = numbers(entry.at("predictions"));
        double worst = 0;
        for (std::size_t i = 0; i < margins.size(); ++i) worst = std::max(worst, std::abs(margins[i] - expected[i]));
        EXPECT_LE(worst, 1e-6) << json_text(entry.at("objective")) << " alpha " << options.alpha << " l1_ratio " << options.l1_ratio;
    }
}

/// At a minimum of mean ψ-loss + penalty: mean(ψ · x) = alpha (1 − l1) b + alpha l1 sign(b), or |mean(ψ · x)| ≤ alpha l1 where b = 0.
TEST(PenalisedRegression, PseudoHuberMeetsTheConditionsOfAMinimum) {
    OracleTable table;
    for (std::size_t i = 0; i < 80; i += 9) table.labels[i] += 5;  // outliers
    const LearningRows rows{table.features, table.labels, table.weights};
    auto columns = expanded_columns(table.uses, rows).value();
    const PenalisedOptions options{.alpha = 0.01, .l1_ratio = 0.5, .huber_slope = 0.2};
    auto fit = fit_penalised(rows, columns, Objective::pseudo_huber, options).value();
    auto margins = fitted(rows, columns, fit);
    std::vector<double> gradient(columns.size(), 0.0);
    double of_intercept = 0, total = 0;
    for (std::size_t i = 0; i < margins.size(); ++i) {
        const double residual = table.labels[i] - margins[i];
        const double slope = table.weights[i] * residual / std::sqrt(1 + residual * residual / 0.04);
        total += table.weights[i];
        of_intercept += slope;
        for (std::size_t c = 0; c < columns.size(); ++c)
            gradient[c] += slope * standardised(columns[c], table.features(i, columns[c].feature));
    }
    EXPECT_NEAR(of_intercept / total, 0, 1e-8);
    for (std::size_t c = 0; c < columns.size(); ++c) {
        const double b = fit.coefficients[c];
        if (b == 0) {
            EXPECT_LE(std::abs(gradient[c] / total), 0.005 + 1e-8);
        } else {
            EXPECT_NEAR(gradient[c] / total, 0.005 * b + std::copysign(0.005, b), 1e-8);
        }
    }
}

/// Rare positives among rows of heavy tails: an unchecked Newton step overshoots, and the next one ends at infinity.
TEST(PenalisedRegression, LogisticMeetsTheConditionsOfAMinimumWhereNewtonOvershoots) {
    constexpr std::size_t rows = 3000, features = 6;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        Rng rng(seed);
        Matrix values(rows, features);
        std::vector<double> labels(rows);
        for (std::size_t i = 0; i < rows; ++i) {
            const bool is_gone = rng.below(4) == 0;
            for (double& value : values.row(i)) value = is_gone ? 0 : std::exp(rng.normal());
            labels[i] = !is_gone && rng.normal() + std::log(values(i, 0) + values(i, 1)) > 4 ? 1 : 0;
        }
        const LearningRows table{values, labels, {}};
        auto columns = expanded_columns(std::vector<FeatureUse>{{"a"}, {"b"}, {"c"}, {"d"}, {"e"}, {"f"}}, table).value();
        const PenalisedOptions options{.alpha = 1e-5};
        auto fit = fit_penalised(table, columns, Objective::binary_logistic, options).value();
        auto margins = fitted(table, columns, fit);
        for (std::size_t c = 0; c < columns.size(); ++c) {
            double gradient = options.alpha * fit.coefficients[c];
            for (std::size_t i = 0; i < rows; ++i)
                gradient += (1 / (1 + std::exp(-margins[i])) - labels[i]) * standardised(columns[c], values(i, columns[c].feature)) / rows;
            EXPECT_NEAR(gradient, 0, 1e-5) << "seed " << seed << ", column " << c;
        }
    }
}

TEST(PenalisedRegression, AbsoluteErrorFindsTheMedianNotTheMean) {
    Matrix features(101, 1);
    std::vector<double> labels(101, 2.0);
    for (std::size_t i = 0; i < 101; ++i) features(i, 0) = static_cast<double>(i);
    for (std::size_t i = 0; i < 40; ++i) labels[i * 2] = 50;
    const std::vector<FeatureUse> uses = {{"x"}};
    const LearningRows rows{features, labels, {}};
    auto columns = expanded_columns(uses, rows).value();
    auto fit = fit_penalised(rows, columns, Objective::absolute_error, {.alpha = 1, .l1_ratio = 1}).value();
    EXPECT_NEAR(fit.intercept, 2.0, 0.1);
}

TEST(PenalisedRegression, ThousandsOfLevelsAreRefusedInWords) {
    Matrix features(9000, 1);
    std::vector<double> labels(9000);
    for (std::size_t i = 0; i < 9000; ++i) features(i, 0) = static_cast<double>(i / 2), labels[i] = static_cast<double>(i % 7);
    const std::vector<FeatureUse> uses = {{.name = "parcel", .levels = 4500}};
    auto columns = expanded_columns(uses, {features, labels, {}});
    ASSERT_FALSE(columns);
    EXPECT_EQ(columns.error().message,
              "the categories up to 'parcel' give more than 4096 indicator columns; group rare levels or leave the column to trees");
}

}  // namespace
}  // namespace quoin
