#include "registry/plot_axes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "registry/markup.h"
#include "registry/metric_words.h"

namespace quoin {
namespace {

/// The smallest round step that cuts `span` into at most `count_max` pieces.
double nice_step(double span, std::size_t count_max) {
    double rough = span / static_cast<double>(std::max<std::size_t>(count_max, 1));
    double power = std::pow(10.0, std::floor(std::log10(rough)));
    for (double factor : {1.0, 2.0, 2.5, 5.0})
        if (factor * power >= rough * (1 - 1e-9)) return factor * power;
    return 10 * power;
}

bool usable(double lower, double upper) { return std::isfinite(lower) && std::isfinite(upper) && upper > lower && upper - lower > 1e-300; }

}  // namespace

std::vector<double> nice_ticks(double lower, double upper, std::size_t count_max) {
    std::vector<double> ticks;
    if (!usable(lower, upper) || count_max < 2) return ticks;
    double step = nice_step(upper - lower, count_max - 1), slack = step * 1e-9;
    // Multiples of the step instead of repeated addition, so that rounding does not add up.
    for (double count = std::ceil((lower - slack) / step); count * step <= upper + slack; ++count) ticks.push_back(count * step + 0.0);
    return ticks;
}

std::pair<double, double> nice_range(double lower, double upper, std::size_t count_max) {
    if (!usable(lower, upper)) {
        double centre = std::isfinite(lower) ? lower : 0, half = std::max(std::abs(centre) * 0.1, 1e-3);
        return {centre - half, centre + half};
    }
    double step = nice_step(upper - lower, std::max<std::size_t>(count_max, 2) - 1), slack = 1e-9;
    return {std::floor(lower / step + slack) * step, std::ceil(upper / step - slack) * step};
}

std::string percent_label(double share) { return short_number(share * 100) + " %"; }

std::string money_label(double dollars) {
    double size = std::abs(dollars);
    std::string sign = dollars < 0 ? "−$" : "$";
    if (size >= 1e9) return sign + short_number(size / 1e9) + "B";
    if (size >= 1e6) return sign + short_number(size / 1e6) + "M";
    if (size >= 1e3) return sign + short_number(size / 1e3) + "k";
    return sign + short_number(size);
}

double PlotArea::x_at(double value) const { return left + (value - x.lower) / (x.upper - x.lower) * (width - left - right); }
double PlotArea::y_at(double value) const { return height - bottom - (value - y.lower) / (y.upper - y.lower) * (height - top - bottom); }

std::string plot_label(PlotPoint at, std::string_view anchor, std::string_view text, std::string_view style) {
    return fmt::format(R"(<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>)", style, at.x, at.y, anchor, html_text(text));
}

std::string PlotArea::open(std::string_view title, bool y_grid) const {
    double floor = height - bottom, end = width - right;
    std::string svg = fmt::format(R"(<svg class="plot" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}"><title>{}</title>)", width,
                                  height, html_text(title), html_text(title));
    svg += plot_label({0, 14}, "start", title, "plot-title");
    for (double tick : x.ticks.empty() ? nice_ticks(x.lower, x.upper, x.ticks_max) : x.ticks) {
        svg += fmt::format(R"(<line class="grid" x1="{0:.1f}" y1="{1:.1f}" x2="{0:.1f}" y2="{2:.1f}"/>)", x_at(tick), top, floor);
        svg += plot_label({x_at(tick), floor + 15}, "middle", x.label(tick));
    }
    if (y_grid) {
        for (double tick : nice_ticks(y.lower, y.upper, y.ticks_max)) {
            svg += fmt::format(R"(<line class="grid" x1="{1:.1f}" y1="{0:.1f}" x2="{2:.1f}" y2="{0:.1f}"/>)", y_at(tick), left, end);
            svg += plot_label({left - 7, y_at(tick) + 4}, "end", y.label(tick));
        }
        svg += fmt::format(R"svg(<text class="axis-title" transform="translate(12 {:.1f}) rotate(-90)" text-anchor="middle">{}</text>)svg",
                           (top + floor) / 2, html_text(y.title));
    }
    svg += plot_label({(left + end) / 2, floor + 36}, "middle", x.title, "axis-title");
    svg += fmt::format(R"(<line class="axis" x1="{0:.1f}" y1="{1:.1f}" x2="{2:.1f}" y2="{1:.1f}"/>)", left, floor, end);
    svg += fmt::format(R"(<line class="axis" x1="{0:.1f}" y1="{1:.1f}" x2="{0:.1f}" y2="{2:.1f}"/>)", left, top, floor);
    return svg;
}

std::string polyline(const PlotArea& area, const std::vector<std::pair<double, double>>& points, std::string_view style) {
    std::string positions;
    for (const auto& [x, y] : points)
        if (std::isfinite(x) && std::isfinite(y))
            positions += fmt::format("{}{:.1f},{:.1f}", positions.empty() ? "" : " ", area.x_at(x), area.y_at(y));
    return fmt::format(R"(<polyline class="{}" points="{}"/>)", style, positions);
}

}  // namespace quoin
