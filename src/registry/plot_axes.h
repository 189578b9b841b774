#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quoin {

/// Round numbers (1, 2, 2.5 or 5 times a power of ten apart) within [lower, upper], at most `count_max` of them, ascending.
/// Nothing for a range that is empty or not finite.
std::vector<double> nice_ticks(double lower, double upper, std::size_t count_max);

/// The smallest range of whole tick steps that contains [lower, upper].
std::pair<double, double> nice_range(double lower, double upper, std::size_t count_max);

std::string percent_label(double share);  ///< 0.95 → "95 %"
std::string money_label(double dollars);  ///< 1250000 → "$1.25M"

struct Axis {
    std::string title;
    double lower, upper;
    std::function<std::string(double)> label;
    std::size_t ticks_max = 6;
    std::vector<double> ticks = {};  ///< empty: round numbers within the range
};

/// The drawing area of one plot. Positions are in units of the view box; the page scales it.
struct PlotArea {
    double width = 460, height = 300;
    double left = 62, right = 16, top = 34, bottom = 46;
    Axis x, y;

    double x_at(double value) const;
    double y_at(double value) const;
    /// The svg element's start with title, grid, tick labels and axis titles; close with "</svg>". `y_grid` off: rows have names instead.
    std::string open(std::string_view title, bool y_grid = true) const;
};

/// A polyline through the finite points, in the given order.
std::string polyline(const PlotArea& area, const std::vector<std::pair<double, double>>& points, std::string_view style);
/// Text at a position; `anchor` is start, middle or end.
struct PlotPoint {
    double x, y;
};
std::string plot_label(PlotPoint at, std::string_view anchor, std::string_view text, std::string_view style = "tick");

}  // namespace quoin
