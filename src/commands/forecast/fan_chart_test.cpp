#include "commands/forecast/fan_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace quoin {
namespace {

using testing::HasSubstr;
using testing::Not;

FanChart example() {
    FanChart chart{.title = "rent & <more>", .value_name = "rent"};
    for (unsigned month = 1; month <= 12; ++month) {
        chart.history_times.push_back(from_civil(2024, month, 1));
        chart.history.push_back(month == 6 ? std::nan("") : 100.0 + month);
        chart.times.push_back(from_civil(2025, month, 1));
        chart.forecast.point.push_back(112.0 + month);
    }
    chart.forecast.bands = {{0.95, std::vector<double>(12, 90.0), std::vector<double>(12, 140.0)}};
    chart.parts = {{"trend", chart.times, chart.forecast.point}};
    return chart;
}

TEST(FanChart, ShowsHistoryBandsAndParts) {
    std::string svg = render_svg(example());
    EXPECT_THAT(svg, HasSubstr("rent &amp; &lt;more&gt;"));
    EXPECT_THAT(svg, HasSubstr("95 % band"));
    EXPECT_THAT(svg, HasSubstr("class=\"part\""));
    EXPECT_THAT(svg, Not(HasSubstr("nan")));
    std::size_t lines = 0;
    for (std::size_t at = svg.find("class=\"history\""); at != std::string::npos; at = svg.find("class=\"history\"", at + 1)) ++lines;
    EXPECT_EQ(lines, 2u) << "a missing value parts the line";
    EXPECT_THAT(render_html(example()), HasSubstr("<!doctype html>"));
}

TEST(FanChart, TakesAConstantAndOneStep) {
    FanChart chart{.title = "flat",
                   .value_name = "y",
                   .history_times = {from_civil(2024, 1, 1), from_civil(2024, 1, 2)},
                   .history = {5, 5},
                   .times = {from_civil(2024, 1, 3)},
                   .forecast = {{5}, {{0.8, {5}, {5}}}},
                   .parts = {}};
    EXPECT_THAT(render_svg(chart), Not(HasSubstr("inf")));
    EXPECT_THAT(render_svg(chart), Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace quoin
