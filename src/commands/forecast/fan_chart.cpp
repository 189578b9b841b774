#include "commands/forecast/fan_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "registry/markup.h"
#include "registry/plot_axes.h"

namespace quoin {
namespace {

constexpr double width = 860, fan_height = 380, part_height = 170;
constexpr std::size_t history_least = 60, points_max = 1200;

constexpr const char* style = R"(<style>
svg { font: 12px system-ui, sans-serif; background: #fff }
.grid { stroke: #e3e6ea; stroke-width: 1 } .axis { stroke: #68727d; stroke-width: 1 }
.tick { fill: #4b545d } .axis-title { fill: #4b545d } .plot-title { fill: #14181c; font-weight: 600; font-size: 14px }
.history { fill: none; stroke: #14181c; stroke-width: 1.3 } .point { fill: none; stroke: #0b62c4; stroke-width: 1.8 }
.band { fill: #0b62c4; fill-opacity: 0.16 } .part { fill: none; stroke: #0b62c4; stroke-width: 1.3 }
</style>)";

using Points = std::vector<std::pair<double, double>>;

Points points_of(const std::vector<EventTime>& times, const std::vector<double>& values) {
    Points points;
    std::size_t every = values.size() / points_max + 1;
    for (std::size_t i = 0; i < values.size(); i += every) points.emplace_back(times[i].days(), values[i]);
    if (!values.empty() && (values.size() - 1) % every != 0) points.emplace_back(times.back().days(), values.back());
    return points;
}

std::string number_label(double value) { return fmt::format("{:.6g}", value); }

/// Dates, with the hour where the axis is short.
Axis time_axis(EventTime first, EventTime last) {
    bool is_short = last.days() - first.days() < 5;
    auto label = [is_short](double days) {
        EventTime time{static_cast<std::int64_t>(std::llround(days * 86'400)) * 1'000'000};
        return is_short ? to_text(time).substr(5, 11) : date_text(time);
    };
    return {.title = "", .lower = first.days(), .upper = last.days() > first.days() ? last.days() : first.days() + 1, .label = label};
}

/// The closed shape between two lines.
std::string band_shape(const PlotArea& area, const std::vector<EventTime>& times, const ForecastBand& band) {
    Points lower = points_of(times, band.lower), upper = points_of(times, band.upper);
    std::string positions;
    for (const auto& [x, y] : upper) positions += fmt::format("{:.1f},{:.1f} ", area.x_at(x), area.y_at(y));
    for (auto point = lower.rbegin(); point != lower.rend(); ++point)
        positions += fmt::format("{:.1f},{:.1f} ", area.x_at(point->first), area.y_at(point->second));
    return fmt::format(R"(<polygon class="band" points="{}"><title>{} band</title></polygon>)", positions, percent_label(band.level));
}

/// Lines between gaps.
std::string broken_line(const PlotArea& area, const Points& points, const char* style_class) {
    std::string svg;
    Points piece;
    for (const auto& point : points) {
        if (!std::isnan(point.second)) {
            piece.push_back(point);
            continue;
        }
        if (piece.size() > 1) svg += polyline(area, piece, style_class);
        piece.clear();
    }
    return piece.size() > 1 ? svg + polyline(area, piece, style_class) : svg;
}

std::pair<double, double> value_range(const std::vector<const std::vector<double>*>& lines) {
    double lower = INFINITY, upper = -INFINITY;
    for (const auto* line : lines)
        for (double value : *line) {
            if (std::isnan(value)) continue;
            lower = std::min(lower, value);
            upper = std::max(upper, value);
        }
    return nice_range(lower, upper, 6);
}

PlotArea area_of(Axis x, std::pair<double, double> range, double height) {
    PlotArea area{.width = width, .height = height, .left = 82, .x = std::move(x), .y = {.label = number_label}};
    area.y.lower = range.first;
    area.y.upper = range.second;
    return area;
}

std::string fan(const FanChart& chart) {
    std::size_t shown = std::min(chart.history.size(), std::max(history_least, 3 * chart.times.size()));
    auto cut = static_cast<std::ptrdiff_t>(chart.history.size() - shown);
    std::vector<EventTime> history_times(chart.history_times.begin() + cut, chart.history_times.end());
    std::vector<double> history(chart.history.begin() + cut, chart.history.end());
    std::vector<const std::vector<double>*> lines = {&history, &chart.forecast.point};
    for (const ForecastBand& band : chart.forecast.bands) {
        lines.push_back(&band.lower);
        lines.push_back(&band.upper);
    }
    PlotArea area = area_of(time_axis(history_times.front(), chart.times.back()), value_range(lines), fan_height);
    area.y.title = chart.value_name;
    std::string svg = area.open(chart.title);
    for (const ForecastBand& band : chart.forecast.bands) svg += band_shape(area, chart.times, band);
    svg += broken_line(area, points_of(history_times, history), "history");
    return svg + polyline(area, points_of(chart.times, chart.forecast.point), "point") + "</svg>";
}

std::string part_plot(const ChartPart& part) {
    PlotArea area = area_of(time_axis(part.times.front(), part.times.back()), value_range({&part.values}), part_height);
    return area.open(part.name) + polyline(area, points_of(part.times, part.values), "part") + "</svg>";
}

}  // namespace

std::string render_svg(const FanChart& chart) {
    double height = fan_height + part_height * static_cast<double>(chart.parts.size()), top = fan_height;
    std::string svg = fmt::format(
        R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0:.0f}" height="{1:.0f}" viewBox="0 0 {0:.0f} {1:.0f}">{2})", width, height,
        style);
    auto place = [&](double y, double part, const std::string& plot) {
        return fmt::format(R"(<svg x="0" y="{:.0f}" width="{:.0f}" height="{:.0f}">{}</svg>)", y, width, part, plot);
    };
    svg += place(0, fan_height, fan(chart));
    for (const ChartPart& part : chart.parts) {
        svg += place(top, part_height, part_plot(part));
        top += part_height;
    }
    return svg + "</svg>\n";
}

std::string render_html(const FanChart& chart) {
    return fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head>\n<body>\n{}</body></html>\n",
        html_text(chart.title), render_svg(chart));
}

}  // namespace quoin
