#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "control/cook_county_fixture.h"
#include "control/evaluation_job.h"

namespace quoin {
namespace {

double value_of(const Scorecard& card, std::string_view name) {
    for (const auto& metric : card.metrics)
        if (metric.name == name) return metric.value;
    return NAN;
}

std::filesystem::path worksheets() {
    const char* data = std::getenv("QUOIN_DATA");
    return data == nullptr ? std::filesystem::path() : std::filesystem::path(data) / "cre/cook_commercial_valuation_2021_2023.csv.gz";
}

/// A sixth of the rows; bench_cap_rates has all of them.
TEST(CookCounty, CapRatesOfTownsNeverSeenAreNoWorseThanPlainOnes) {
    if (worksheets().empty()) GTEST_SKIP() << "QUOIN_DATA is not set";
    auto rows = cook_county_rows(worksheets(), 6).value();
    auto report = evaluate(rows, cook_county_declaration("cap_rate", false), {.by_time = true}).value();
    double mae = 1e4 * value_of(report.champion, "mae");
    fmt::print("cap rates of {} rows in other towns: MAE {:.1f} bp", report.test_rows, mae);
    for (const auto& card : report.baselines) {
        fmt::print(", {} {:.1f}", card.owner, 1e4 * value_of(card, "mae"));
        EXPECT_LT(mae, 1e4 * value_of(card, "mae") + 1) << card.owner;
    }
    fmt::print("\n");
    EXPECT_LE(mae, 65);
    EXPECT_GE(mae, 45);  // less would be a leak
    for (const auto& [group, share] : coverage_by_property_group(report.champion_forecasts))
        fmt::print("  {:24} {:5} rows: {:.3f} in 80 %, {:.3f} in 95 %\n", group, share.rows, share.covered[0], share.covered[1]);
    for (const auto& [level, row] : report.champion.coverage) EXPECT_NEAR(row.coverage, level, 0.08) << level;
}

}  // namespace
}  // namespace quoin
