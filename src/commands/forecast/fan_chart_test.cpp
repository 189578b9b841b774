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
    EXPECT_THAT(render_html("rent", render_svg(example())), HasSubstr("<!doctype html>"));
}

TEST(FanChart, TheForecastStartsAtTheLastValue) {
    FanChart chart = example();
    std::string svg = render_svg(chart);
    auto first_point = [&](const std::string& text, const char* shape) {
        std::size_t at = text.find("points=\"", text.find(shape)) + 8;
        return text.substr(at, text.find(' ', at) - at);
    };
    std::string at_origin = first_point(svg, "class=\"point\"");
    EXPECT_EQ(first_point(svg, "class=\"band\""), at_origin);
    EXPECT_NE(svg.find(at_origin + "\"/>"), std::string::npos) << "where the history ends";
}

TEST(FanChart, DrawsManySeriesSideBySideUpToALimit) {
    PanelChart panel{.title = "rents", .series = {}, .total = 30};
    for (int i = 0; i < 30; ++i) {
        panel.series.push_back(example());
        panel.series.back().title = "city <" + std::to_string(i) + ">";
    }
    std::string svg = render_svg(panel);
    EXPECT_THAT(svg, HasSubstr("rents (the first 24 of 30)"));
    EXPECT_THAT(svg, HasSubstr("city &lt;23&gt;"));
    EXPECT_THAT(svg, Not(HasSubstr("city &lt;24&gt;")));
    EXPECT_THAT(svg, HasSubstr("width=\"988\""));
    panel.series.resize(1);
    panel.total = 1;
    EXPECT_THAT(render_svg(panel), Not(HasSubstr("the first")));
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
