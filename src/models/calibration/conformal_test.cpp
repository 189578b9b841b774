#include "models/calibration/conformal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>

#include "base/rng.h"

namespace quoin {
namespace {

using testing::HasSubstr;

/// Labels with noise that grows with group and differs by label, as prices do.
std::vector<CalibrationRow> market(Rng& rng, std::size_t count, int groups) {
    std::vector<CalibrationRow> rows;
    for (std::size_t i = 0; i < count; ++i) {
        double prediction = 13 + 0.5 * rng.normal(), difficulty = 0.1 + 0.1 * rng.uniform();
        auto group = static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(groups) + 1)) - 1;
        double spread = difficulty * (1 + 0.3 * std::max(group, 0)) * (1 + 0.5 * std::abs(prediction - 13));
        rows.push_back({prediction, prediction + spread * rng.normal(), difficulty, group});
    }
    return rows;
}

bool covers(const Conformal& conformal, const CalibrationRow& row, double level) {
    auto interval = conformal.interval(row.prediction, row.difficulty, row.group, Probability{level});
    return interval.lower <= row.label && row.label <= interval.upper;
}

// tests/oracles/conformal.py: NumPy, by brute force over a grid of candidate labels of step 2e-5.
TEST(Conformal, EqualsTheDefinitionWrittenOutInNumPy) {
    std::ifstream file(QUOIN_SOURCE_DIR "/tests/oracles/conformal.json");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    auto cases = boost::json::parse(text);
    for (const auto& element : cases.as_array()) {
        const auto& part = element.as_object();
        std::vector<CalibrationRow> rows;
        for (const auto& row : boost::json::value_to<std::vector<std::vector<double>>>(part.at("rows")))
            rows.push_back({row[0], row[1], row[2], static_cast<std::int32_t>(row[3])});
        auto conformal = Conformal::fit(rows, {.label_bins = part.at("bins").to_number<std::size_t>(),
                                               .bin_rows_min = 20,
                                               .margin_deviations = part.at("margin").as_double()})
                             .value();
        auto asked = boost::json::value_to<std::vector<std::vector<double>>>(part.at("asked"));
        auto levels = boost::json::value_to<std::vector<double>>(part.at("levels"));
        auto intervals = boost::json::value_to<std::vector<std::vector<std::vector<double>>>>(part.at("intervals"));
        for (std::size_t i = 0; i < asked.size(); ++i)
            for (std::size_t k = 0; k < levels.size(); ++k) {
                auto got = conformal.interval(asked[i][0], asked[i][1], static_cast<std::int32_t>(asked[i][2]), Probability{levels[k]});
                EXPECT_NEAR(got.lower, intervals[i][k][0], 4e-5) << i << " at " << levels[k];
                EXPECT_NEAR(got.upper, intervals[i][k][1], 4e-5) << i << " at " << levels[k];
            }
    }
}

TEST(Conformal, OfOneBinIsThePlainSplitConformalInterval) {
    std::vector<CalibrationRow> rows;
    for (int i = 1; i <= 99; ++i) rows.push_back({50, 50 + (i % 2 ? 1.0 : -1.0) * i, 1, -1});  // scores 1 … 99
    auto conformal = Conformal::fit(rows, {.label_bins = 1, .margin_deviations = 0}).value();
    for (auto [level, score] :
         std::initializer_list<std::pair<double, double>>{{0.5, 50}, {0.9, 90}, {0.95, 95}, {0.951, 96}, {0.999, 99}}) {
        auto interval = conformal.interval(7, 2, 3, Probability{level});  // group 3 was never seen
        EXPECT_DOUBLE_EQ(interval.lower, 7 - 2 * score) << level;
        EXPECT_DOUBLE_EQ(interval.upper, 7 + 2 * score) << level;
    }
    EXPECT_DOUBLE_EQ(conformal.half_width_one_sigma(7, 2, -1), 2 * 69);  // ⌈100 · 0.6827⌉
}

// Exchangeable rows: on average over calibration sets coverage is the level. Half of 12,000 rows calibrate, half are counted; the count's
// standard deviation has both the test's and the calibration's binomial part.
TEST(Conformal, CoversExchangeableRowsAtEveryLevel) {
    Rng rng(21);
    auto rows = market(rng, 12'000, 4);
    auto half = std::span(rows).first(6000);
    auto conformal = Conformal::fit(half, {.margin_deviations = 0}).value();
    for (double level : {0.5, 0.6827, 0.8, 0.9, 0.95, 0.99}) {
        std::map<int, std::pair<double, double>> by_group;
        double covered = 0;
        for (const auto& row : std::span(rows).subspan(6000)) {
            bool is = covers(conformal, row, level);
            covered += is;
            if (level == 0.95) by_group[row.group].first += is, by_group[row.group].second += 1;
        }
        EXPECT_NEAR(covered / 6000, level, 4 * std::sqrt(2 * level * (1 - level) / 6000)) << level;
        for (const auto& [group, count] : by_group)
            EXPECT_NEAR(count.first / count.second, 0.95, 4 * std::sqrt(2 * 0.95 * 0.05 / count.second)) << "group " << group;
    }
}

TEST(Conformal, CoversCheapAndDearAlikeThoughPredictionsShrinkToTheMiddle) {
    Rng rng(22);
    auto draw = [&] {
        double label = rng.normal();  // the best predictor of label given label + noise shrinks by half
        return CalibrationRow{0.5 * (label + rng.normal()), label, 1, -1};
    };
    std::vector<CalibrationRow> calibration, test;
    for (int i = 0; i < 8000; ++i) calibration.push_back(draw());
    for (int i = 0; i < 8000; ++i) test.push_back(draw());
    std::sort(test.begin(), test.end(), [](const auto& a, const auto& b) { return a.label < b.label; });
    auto worst_decile = [&](const Conformal& conformal) {
        double worst = 1;
        for (std::size_t decile = 0; decile < 10; ++decile) {
            double covered = 0;
            for (const auto& row : std::span(test).subspan(decile * 800, 800)) covered += covers(conformal, row, 0.95);
            worst = std::min(worst, covered / 800);
        }
        return worst;
    };
    EXPECT_LT(worst_decile(Conformal::fit(calibration, {.label_bins = 1}).value()), 0.85);
    EXPECT_GE(worst_decile(Conformal::fit(calibration).value()), 0.93);
}

TEST(Conformal, IsNestedContainsThePredictionAndIsFinite) {
    Rng rng(23);
    auto rows = market(rng, 1500, 5);
    for (double margin : {0.0, 0.674, 3.0}) {
        auto conformal = Conformal::fit(rows, {.bin_rows_min = 40, .margin_deviations = margin}).value();
        for (int i = 0; i < 300; ++i) {
            double prediction = 13 + 2 * rng.normal(), difficulty = std::exp(2 * rng.normal() - 2);
            auto group = static_cast<std::int32_t>(rng.below(8)) - 1;
            Interval inner{prediction, prediction};
            for (double level = 0.001; level < 1; level += 0.0037) {
                auto outer = conformal.interval(prediction, difficulty, group, Probability{level});
                ASSERT_TRUE(std::isfinite(outer.lower) && std::isfinite(outer.upper));
                ASSERT_LE(outer.lower, inner.lower + 1e-12) << level;
                ASSERT_GE(outer.upper, inner.upper - 1e-12) << level;
                inner = outer;
            }
        }
    }
}

TEST(Conformal, SurvivesExactPredictionsTiedLabelsAndFewRows) {
    std::vector<CalibrationRow> exact(40, {5, 5, 1, 0}), tied;
    auto interval = Conformal::fit(exact).value().interval(5, 1, 0, Probability{0.95});
    EXPECT_EQ(interval.lower, 5);
    EXPECT_EQ(interval.upper, 5);
    for (int i = 0; i < 1000; ++i) tied.push_back({0.01 * (i % 10), i < 990 ? 1.0 : 2.0 + i, 1, i % 3});
    auto conformal = Conformal::fit(tied).value();
    EXPECT_TRUE(std::isfinite(conformal.interval(1e6, 1, 2, Probability{0.5}).upper));
}

TEST(Conformal, RefusesBadRows) {
    Rng rng(24);
    auto rows = market(rng, 30, 2);
    EXPECT_THAT(Conformal::fit(std::span(rows).first(19)).error().message, HasSubstr("at least 20"));
    auto broken = [&](auto change) {
        auto copy = rows;
        change(copy[7]);
        return Conformal::fit(copy).error().message;
    };
    EXPECT_THAT(broken([](auto& row) { row.difficulty = 0; }), HasSubstr("row 7 has difficulty 0"));
    EXPECT_THAT(broken([](auto& row) { row.label = std::nan(""); }), HasSubstr("row 7"));
    EXPECT_THAT(broken([](auto& row) { row.prediction = std::numeric_limits<double>::infinity(); }), HasSubstr("row 7"));
    EXPECT_THAT(broken([](auto& row) { row.group = -2; }), HasSubstr("group -2"));
    EXPECT_FALSE(Conformal::fit(rows, {.label_bins = 0}));
    EXPECT_FALSE(Conformal::fit(rows, {.margin_deviations = std::nan("")}));
}

TEST(ConformalFile, ReadsWhatItWroteAndRefusesEveryDamage) {
    Rng rng(25);
    auto conformal = Conformal::fit(market(rng, 300, 3), {.bin_rows_min = 50}).value();
    auto bytes = conformal.save();
    auto loaded = Conformal::load(bytes).value();
    EXPECT_EQ(loaded.save(), bytes);
    auto a = conformal.interval(13.2, 0.1, 1, Probability{0.9}), b = loaded.interval(13.2, 0.1, 1, Probability{0.9});
    EXPECT_EQ(a.lower, b.lower);
    EXPECT_EQ(a.upper, b.upper);
    constexpr std::size_t padding_max = 63;
    for (std::size_t length = 0; length + padding_max < bytes.size(); length += 7)
        EXPECT_FALSE(Conformal::load(std::span(bytes).first(length)));
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        auto damaged = bytes;
        damaged[at] ^= std::byte{0x10};
        auto read = Conformal::load(damaged);  // padding between sections may be anything
        EXPECT_TRUE(!read || read->save() == bytes) << at;
    }
}

}  // namespace
}  // namespace quoin
