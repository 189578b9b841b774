#include "commands/forecast/fan_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "commands/time_axis.h"
#include "registry/markup.h"
#include "registry/plot_axes.h"

namespace quoin {
namespace {

constexpr double width = 860, fan_height = 380, part_height = 170, small_width = 320, small_height = 210, title_height = 36, margin = 14;
constexpr std::size_t history_least = 60, points_max = 1200, fans_in_a_row = 3;

constexpr const char* style = R"(<style>
svg { font: 12px system-ui, sans-serif; background: #fff }
.grid { stroke: #eceff2; stroke-width: 1 } .axis { stroke: #aab2ba; stroke-width: 1 } .tick { fill: #5b6570 }
.axis-title { fill: #5b6570 } .plot-title { fill: #14181c; font-weight: 600; font-size: 14px } .title { font-size: 16px; font-weight: 600 }
.history { fill: none; stroke: #2b3138; stroke-width: 1.3; stroke-linejoin: round }
.point { fill: none; stroke: #0b62c4; stroke-width: 2; stroke-linejoin: round }
.band { fill: #0b62c4; fill-opacity: 0.15 } .part { fill: none; stroke: #0b62c4; stroke-width: 1.4; stroke-linejoin: round }
.origin { stroke: #aab2ba; stroke-width: 1; stroke-dasharray: 3 3 } .key { fill: #5b6570 }
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

struct PlotSize {
    double width, height;
    std::size_t x_ticks;
};

PlotArea area_of(Axis x, std::pair<double, double> range, PlotSize size) {
    PlotArea area{.width = size.width, .height = size.height, .left = 82, .bottom = 30, .x = std::move(x), .y = {.label = number_label}};
    area.y.lower = range.first;
    area.y.upper = range.second;
    return area;
}

/// The last observed value and its time put before a forecast, so that the lines meet.
template <class Value>
std::vector<Value> led_by(Value first, const std::vector<Value>& rest) {
    std::vector<Value> joined = {first};
    joined.insert(joined.end(), rest.begin(), rest.end());
    return joined;
}

/// What the shades are, at the right of the title.
std::string key(const FanChart& chart, const PlotArea& area) {
    std::vector<std::string> names;
    for (const ForecastBand& band : chart.forecast.bands) names.push_back(percent_label(band.level));
    if (names.empty()) return "";
    return plot_label({area.width - area.right, 14}, "end", fmt::format("bands: {}", fmt::join(names, ", ")), "key");
}

std::string fan(const FanChart& chart, PlotSize size) {
    std::size_t shown = std::min(chart.history.size(), std::max(history_least, 3 * chart.times.size()));
    auto cut = static_cast<std::ptrdiff_t>(chart.history.size() - shown);
    std::vector<EventTime> history_times(chart.history_times.begin() + cut, chart.history_times.end());
    std::vector<double> history(chart.history.begin() + cut, chart.history.end());
    auto observed = std::ranges::find_if(history.rbegin(), history.rend(), [](double value) { return !std::isnan(value); });
    Forecast forecast = chart.forecast;
    std::vector<EventTime> times = chart.times;
    if (observed != history.rend()) {
        times = led_by(history_times[static_cast<std::size_t>(history.rend() - observed) - 1], times);
        forecast.point = led_by(*observed, forecast.point);
        for (ForecastBand& band : forecast.bands) band = {band.level, led_by(*observed, band.lower), led_by(*observed, band.upper)};
    }
    std::vector<const std::vector<double>*> lines = {&history, &forecast.point};
    for (const ForecastBand& band : forecast.bands) {
        lines.push_back(&band.lower);
        lines.push_back(&band.upper);
    }
    PlotArea area = area_of(time_axis(history_times.front(), times.back(), chart.form, size.x_ticks), value_range(lines), size);
    area.y.title = chart.value_name;
    std::string svg = area.open(chart.title);
    svg += fmt::format(R"(<line class="origin" x1="{0:.1f}" y1="{1:.1f}" x2="{0:.1f}" y2="{2:.1f}"/>)", area.x_at(times.front().days()),
                       area.top, area.height - area.bottom);
    for (const ForecastBand& band : forecast.bands) svg += band_shape(area, times, band);
    svg += broken_line(area, points_of(history_times, history), "history");
    if (!chart.value_name.empty()) svg += key(chart, area);
    return svg + polyline(area, points_of(times, forecast.point), "point") + "</svg>";
}

std::string part_plot(const ChartPart& part, TimeForm form) {
    PlotArea area = area_of(time_axis(part.times.front(), part.times.back(), form), value_range({&part.values}),
                            {.width = width, .height = part_height, .x_ticks = 7});
    return area.open(part.name) + polyline(area, points_of(part.times, part.values), "part") + "</svg>";
}

/// A picture of plots that are placed one by one.
class Picture {
public:
    void place(double x, double y, PlotSize size, const std::string& plot) {
        body_ += fmt::format(R"(<svg x="{:.0f}" y="{:.0f}" width="{:.0f}" height="{:.0f}">{}</svg>)", x, y, size.width, size.height, plot);
    }
    void write(double x, double y, const std::string& text) { body_ += plot_label({x, y}, "start", text, "title"); }
    std::string svg(double all_width, double all_height) const {
        return fmt::format(
            R"(<svg xmlns="http://www.w3.org/2000/svg" width="{1:.0f}" height="{2:.0f}" viewBox="-{0:.0f} -{0:.0f} {1:.0f} {2:.0f}">{3})"
            R"(<rect x="-{0:.0f}" y="-{0:.0f}" width="{1:.0f}" height="{2:.0f}" fill="#fff"/>{4}</svg>)"
            "\n",
            margin, all_width + 2 * margin, all_height + 2 * margin, style, body_);
    }

private:
    std::string body_;
};

}  // namespace

std::string render_svg(const FanChart& chart) {
    Picture picture;
    PlotSize size{.width = width, .height = fan_height, .x_ticks = 7};
    picture.place(0, 0, size, fan(chart, size));
    double top = fan_height;
    for (const ChartPart& part : chart.parts) {
        picture.place(0, top, {width, part_height, 7}, part_plot(part, chart.form));
        top += part_height;
    }
    return picture.svg(width, top);
}

std::string render_svg(const PanelChart& chart) {
    const std::size_t count = std::min(chart.series.size(), PanelChart::fans_max);
    Picture picture;
    std::string more = chart.total > count ? fmt::format(" (the first {} of {})", count, chart.total) : "";
    picture.write(0, 16, chart.title + more);
    PlotSize size{.width = small_width, .height = small_height, .x_ticks = 4};
    for (std::size_t i = 0; i < count; ++i)
        picture.place(static_cast<double>(i % fans_in_a_row) * small_width,
                      title_height + static_cast<double>(i / fans_in_a_row) * small_height, size, fan(chart.series[i], size));
    std::size_t rows = (count + fans_in_a_row - 1) / fans_in_a_row, columns = std::min(count, fans_in_a_row);
    return picture.svg(small_width * static_cast<double>(columns), title_height + small_height * static_cast<double>(rows));
}

std::string render_html(const std::string& title, const std::string& svg) {
    return fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head>\n<body>\n{}</body></html>\n",
        html_text(title), svg);
}

}  // namespace quoin
