#include "registry/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace quoin {
namespace {

using testing::HasSubstr;

constexpr double infinity = std::numeric_limits<double>::infinity();

GateOutcome check(std::string_view text, const std::vector<MetricSet>& measured) {
    auto gate = parse_gate(text);
    EXPECT_TRUE(gate) << text << ": " << gate.error().message;
    return check_gates(std::span(&*gate, 1), measured)[0];
}

std::vector<MetricSet> candidate(const std::string& metric, double value) { return {{"", {{metric, value}}}}; }

TEST(Gate, ReadsTheThreeForms) {
    auto plain = parse_gate("mape < 0.12").value();
    EXPECT_EQ(plain.metric, "mape");
    EXPECT_EQ(plain.upper, 0.12);
    EXPECT_TRUE(plain.upper_strict);
    EXPECT_EQ(plain.lower, -infinity);

    auto band = parse_gate(" 0.94<=coverage.0.95 <0.97 ").value();
    EXPECT_EQ(band.metric, "coverage.0.95");
    EXPECT_EQ(band.lower, 0.94);
    EXPECT_FALSE(band.lower_strict);
    EXPECT_EQ(band.upper, 0.97);
    EXPECT_TRUE(band.upper_strict);

    auto descending = parse_gate("0.05 > prb >= -5e-2").value();
    EXPECT_EQ(descending.lower, -0.05);
    EXPECT_EQ(descending.upper, 0.05);
    EXPECT_TRUE(descending.upper_strict);

    auto relative = parse_gate("time.mdape <= 0.97 * xgboost").value();
    EXPECT_EQ(relative.metric, "time.mdape");
    EXPECT_EQ(relative.upper, 0.97);
    EXPECT_EQ(relative.relative_to, "xgboost");

    auto exact = parse_gate("nan_rows == 0").value();
    EXPECT_EQ(exact.lower, 0);
    EXPECT_EQ(exact.upper, 0);
}

TEST(Gate, RefusesWhatIsNoGateAndShowsTheGrammar) {
    for (std::string_view text : {"",
                                  "mape",
                                  "mape <",
                                  "< 0.12",
                                  "mape < x",
                                  "mape << 0.12",
                                  "mape = 0.12",
                                  "mape < 0.12 extra",
                                  "MAPE < 0.12",
                                  "0.9 <= x >= 0.8",
                                  "0.97 <= x <= 0.94",
                                  "0.5 < x <= 0.5",
                                  "0 == x == 0",
                                  "mape < 1e999",
                                  "mape < nan",
                                  "mape < -",
                                  "mdape <= 1.0 * 2",
                                  "mdape <= 1.0 * ",
                                  "mape. < 1",
                                  "mape < 0x10",
                                  "0.12 > mape",
                                  "a\x01 < 1",
                                  "mape < 0,12"}) {
        auto gate = parse_gate(text);
        ASSERT_FALSE(gate) << text;
        EXPECT_EQ(gate.error().kind, ErrorKind::invalid) << text;
        EXPECT_THAT(gate.error().message, HasSubstr("mdape <= 0.97 * xgboost")) << text;
    }
    EXPECT_FALSE(parse_gate(std::string(100'000, '1')));
}

TEST(Gate, SaysInWordsWhatHolds) {
    EXPECT_EQ(check("mape < 0.12", candidate("mape", 0.113)).message, "MAPE 0.113 is below 0.12");
    EXPECT_EQ(check("mape < 0.12", candidate("mape", 0.131)).message, "MAPE 0.131 is not below 0.12");
    EXPECT_EQ(check("time.mape <= 0.12", candidate("time.mape", 0.12)).message, "MAPE (time) 0.12 is at most 0.12");
    EXPECT_EQ(check("r2 >= 0.8", candidate("r2", 0.79)).message, "R² 0.79 is below 0.8");
    EXPECT_EQ(check("auc > 0.85", candidate("auc", 0.85)).message, "AUC 0.85 is not above 0.85");
    EXPECT_EQ(check("0.94 <= coverage.0.95 <= 0.97", candidate("coverage.0.95", 0.951)).message,
              "95 % coverage 0.951 lies between 0.94 and 0.97");
    EXPECT_EQ(check("0.94 <= coverage.0.95 <= 0.97", candidate("coverage.0.95", 0.93)).message, "95 % coverage 0.93 is below 0.94");
    EXPECT_EQ(check("nan_rows == 0", candidate("nan_rows", 2)).message, "nan rows 2 does not equal 0");
}

TEST(Gate, KeepsMeasurementAndLimitAsEvidence) {
    auto outcome = check("0.94 <= coverage.0.95 <= 0.97", candidate("coverage.0.95", 0.98));
    EXPECT_FALSE(outcome.passed);
    EXPECT_EQ(outcome.gate, "0.94 <= coverage.0.95 <= 0.97");
    EXPECT_EQ(outcome.measured, 0.98);
    EXPECT_EQ(outcome.limit, 0.97);
}

TEST(Gate, IsStrictAtTheBoundary) {
    EXPECT_FALSE(check("mape < 0.12", candidate("mape", 0.12)).passed);
    EXPECT_TRUE(check("mape <= 0.12", candidate("mape", 0.12)).passed);
    auto close = check("mape < 0.12", candidate("mape", 0.1200001));
    EXPECT_FALSE(close.passed);
    EXPECT_EQ(close.message, "MAPE 0.1200001 is not below 0.12") << "the two numbers must not look equal";
}

TEST(Gate, ComparesWithChampionAndBaselines) {
    std::vector<MetricSet> measured{{"", {{"mdape", 0.084}}}, {"champion", {{"mdape", 0.083}}}, {"xgboost", {{"mdape", 0.0892}}}};
    EXPECT_FALSE(check("mdape <= 1.0 * champion", measured).passed);
    auto against_baseline = check("mdape <= 0.97 * xgboost", measured);
    EXPECT_TRUE(against_baseline.passed);
    EXPECT_DOUBLE_EQ(against_baseline.limit, 0.97 * 0.0892);
    EXPECT_EQ(against_baseline.message, "MdAPE 0.084 is at most 0.08652 (0.97 × xgboost's 0.0892)");
    EXPECT_FALSE(check("mdape <= 1.0 * lightgbm", measured).passed) << "a baseline that was not trained proves nothing";
}

TEST(Gate, WithoutChampionPassesAndSaysSo) {
    auto outcome = check("mdape <= 1.0 * champion", candidate("mdape", 0.084));
    EXPECT_TRUE(outcome.passed);
    EXPECT_THAT(outcome.message, HasSubstr("no champion yet"));
    EXPECT_FALSE(check("mdape <= 1.0 * champion", {{"", {{"mdape", 0.084}}}, {"champion", {{"mape", 0.1}}}}).passed);
}

TEST(Gate, OnWhatWasNotMeasuredFails) {
    auto outcome = check("mape < 0.12", candidate("mdape", 0.08));
    EXPECT_FALSE(outcome.passed);
    EXPECT_EQ(outcome.message, "MAPE was not measured");
    EXPECT_TRUE(std::isnan(outcome.measured));
    EXPECT_FALSE(check("mape < 0.12", candidate("mape", std::nan(""))).passed);
    EXPECT_FALSE(check("mape <= 1.0 * champion", {}).passed);
}

}  // namespace
}  // namespace quoin
