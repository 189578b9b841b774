#include "registry/card_plots.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "registry/metric_words.h"
#include "registry/plot_axes.h"

namespace quoin {
namespace {

constexpr double ratio_lower = 0.90, ratio_upper = 1.10;  // IAAO Standard on Ratio Studies (2013), table 1-3
constexpr std::size_t importance_bars_max = 20;
constexpr std::size_t curve_points_max = 300;  // more would not be seen on 400 units of width
constexpr std::size_t label_letters_max = 30;

using Points = std::vector<std::pair<double, double>>;

Points finite_points(const Points& points) {
    Points kept;
    for (const auto& point : points)
        if (std::isfinite(point.first) && std::isfinite(point.second)) kept.push_back(point);
    return kept;
}

std::string ratio_label(double ratio) { return fmt::format("{:.2f}", ratio); }

std::string dot(double x, double y, std::string_view style = "dot") {
    return fmt::format(R"(<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="3.6"/>)", style, x, y);
}

/// Cut to what fits beside a plot, at a letter's border (UTF-8 continuation bytes start with the bits 10).
std::string cut_label(const std::string& text) {
    std::size_t letters = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        bool starts_letter = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
        if (starts_letter && ++letters > label_letters_max) return text.substr(0, at) + "…";
    }
    return text;
}

/// A plot whose rows have names: one value per row, first row on top.
struct NamedRows {
    std::vector<std::string> names;
    std::vector<double> values;
};

constexpr double row_height = 23;

PlotArea row_area(std::size_t rows, Axis x, double left) {
    PlotArea area{.left = left, .right = 46, .x = std::move(x)};
    area.height = area.top + area.bottom + row_height * static_cast<double>(rows);
    return area;
}

double row_middle(const PlotArea& area, std::size_t row) { return area.top + row_height * (static_cast<double>(row) + 0.5); }

std::string row_names(const PlotArea& area, const std::vector<std::string>& names) {
    std::string svg;
    for (std::size_t row = 0; row < names.size(); ++row)
        svg += plot_label({area.left - 8, row_middle(area, row) + 4}, "end", cut_label(names[row]), "row-name");
    return svg;
}

struct BarPlot {
    std::string title, x_title;
    double width, left;  ///< of the plot, and of the names within it
};

std::string bar_plot(const BarPlot& plot, const NamedRows& rows) {
    double most = 0;
    for (double value : rows.values)
        if (std::isfinite(value)) most = std::max(most, value);
    if (most <= 0) return "";
    PlotArea area = row_area(rows.names.size(), {plot.x_title, 0, nice_range(0, most, 6).second, percent_label}, plot.left);
    area.width = plot.width;
    std::string svg = area.open(plot.title, false) + row_names(area, rows.names);
    for (std::size_t row = 0; row < rows.values.size(); ++row) {
        if (!std::isfinite(rows.values[row])) continue;
        double value = std::max(rows.values[row], 0.0), middle = row_middle(area, row);
        svg += fmt::format(R"(<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="14" rx="2"/>)", area.left, middle - 7,
                           std::max(area.x_at(value) - area.left, 0.5));
        svg += plot_label({area.x_at(value) + 5, middle + 4}, "start", fmt::format("{:.1f} %", value * 100), "value");
    }
    return svg + "</svg>";
}

/// Both axes alike, with the diagonal on which a perfect model lies.
std::string diagonal_plot(std::string_view title, const Points& points, const PlotArea& area) {
    std::string svg = area.open(title);
    svg += polyline(area, {{area.x.lower, area.y.lower}, {area.x.upper, area.y.upper}}, "ideal");
    svg += polyline(area, points, "curve");
    for (const auto& [x, y] : points) svg += dot(area.x_at(x), area.y_at(y));
    return svg + "</svg>";
}

}  // namespace

std::string coverage_plot(const std::vector<std::pair<double, double>>& curve) {
    Points points = finite_points(curve);
    std::erase_if(points, [](const auto& p) { return p.first < 0 || p.first > 1 || p.second < 0 || p.second > 1; });
    if (points.empty()) return "";
    double lower = 1;
    for (const auto& [nominal, empirical] : points) lower = std::min({lower, nominal, empirical});
    lower = nice_range(std::max(0.0, lower - 0.05), 1, 6).first;
    PlotArea area{.x = {"stated level of the interval", lower, 1, percent_label},
                  .y = {"sales inside the interval", lower, 1, percent_label}};
    return diagonal_plot("Coverage of the prediction intervals", points, area);
}

std::string calibration_plot(const std::vector<std::pair<double, double>>& bins, std::string_view unit) {
    Points points = finite_points(bins);
    if (points.empty()) return "";
    double lower = std::numeric_limits<double>::infinity(), upper = -lower;
    for (const auto& [predicted, observed] : points) {
        lower = std::min({lower, predicted, observed});
        upper = std::max({upper, predicted, observed});
    }
    bool shares = unit != "USD" && lower >= 0 && upper <= 1;
    if (shares) lower = 0;
    std::tie(lower, upper) = nice_range(std::min(lower, unit == "USD" ? 0.0 : lower), upper, 6);
    auto label = unit == "USD" ? money_label : shares ? percent_label : short_number;
    PlotArea area{.x = {"predicted, mean of the bin", lower, upper, label}, .y = {"observed, mean of the bin", lower, upper, label}};
    return diagonal_plot("Calibration: observed against predicted", points, area);
}

std::string decile_ratio_plot(const std::vector<CardContent::DecileLine>& deciles) {
    double lower = ratio_lower, upper = ratio_upper;
    std::vector<std::string> names;
    for (const auto& decile : deciles) {
        names.push_back(decile.name);
        if (std::isfinite(decile.median_ratio)) lower = std::min(lower, decile.median_ratio), upper = std::max(upper, decile.median_ratio);
    }
    if (deciles.empty()) return "";
    std::tie(lower, upper) = nice_range(lower - 0.02, upper + 0.02, 7);
    PlotArea area = row_area(deciles.size(), {"median ratio (estimate / price)", lower, upper, ratio_label, 7}, 112);
    double floor = area.height - area.bottom;
    std::string svg = area.open("Median ratio by price decile", false) + row_names(area, names);
    svg += fmt::format(R"(<rect class="band" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>)", area.x_at(ratio_lower), area.top,
                       area.x_at(ratio_upper) - area.x_at(ratio_lower), floor - area.top);
    svg += fmt::format(R"(<line class="ideal" x1="{0:.1f}" y1="{1:.1f}" x2="{0:.1f}" y2="{2:.1f}"/>)", area.x_at(1), area.top, floor);
    for (std::size_t row = 0; row < deciles.size(); ++row) {
        double ratio = deciles[row].median_ratio;
        if (!std::isfinite(ratio)) continue;
        bool outside = ratio < ratio_lower || ratio > ratio_upper;
        svg += fmt::format(R"(<line class="stem" x1="{0:.1f}" y1="{1:.1f}" x2="{2:.1f}" y2="{1:.1f}"/>)", area.x_at(1),
                           row_middle(area, row), area.x_at(ratio));
        svg += dot(area.x_at(ratio), row_middle(area, row), outside ? "dot-outside" : "dot");
        svg += plot_label({area.width - 2, row_middle(area, row) + 4}, "end", fmt::format("{:.3f}", ratio), "value");
    }
    return svg + "</svg>";
}

std::string decile_error_plot(const std::vector<CardContent::DecileLine>& deciles) {
    NamedRows rows;
    for (const auto& decile : deciles) {
        rows.names.push_back(decile.name);
        rows.values.push_back(decile.mdape);
    }
    return bar_plot({"Median absolute percentage error by price decile", "MdAPE", 460, 112}, rows);
}

std::string importance_plot(const std::vector<std::pair<std::string, double>>& importance) {
    NamedRows rows;
    double rest = 0;
    for (const auto& [feature, share] : importance) {
        if (rows.names.size() < importance_bars_max) {
            rows.names.push_back(feature);
            rows.values.push_back(share);
        } else if (std::isfinite(share)) {
            rest += share;
        }
    }
    if (importance.size() > importance_bars_max) {
        rows.names.push_back(fmt::format("{} others together", importance.size() - importance_bars_max));
        rows.values.push_back(rest);
    }
    return bar_plot({"Share of the prediction explained by each feature", "mean absolute contribution, share of all", 760, 210}, rows);
}

std::string learning_curve_plot(std::string_view family, const std::vector<double>& losses) {
    Points points;
    std::size_t stride = losses.size() / curve_points_max + 1;
    for (std::size_t round = 0; round < losses.size(); ++round)
        if (std::isfinite(losses[round]) && (round % stride == 0 || round + 1 == losses.size()))
            points.emplace_back(static_cast<double>(round + 1), losses[round]);
    if (points.size() < 2) return "";
    auto by_loss = [](const auto& a, const auto& b) { return a.second < b.second; };
    auto [least, most] = std::minmax_element(points.begin(), points.end(), by_loss);
    auto [lower, upper] = nice_range(least->second, most->second, 5);
    PlotArea area{.height = 240, .x = {"round", 0, points.back().first, short_number}, .y = {"loss", lower, upper, short_number, 5}};
    std::string svg = area.open(fmt::format("Learning curve: {}", family)) + polyline(area, points, "curve");
    svg += dot(area.x_at(least->first), area.y_at(least->second));
    double x = std::min(area.x_at(least->first), area.width - area.right - 4);
    svg += plot_label({x, area.y_at(least->second) - 8}, "end",
                      fmt::format("lowest {} in round {:.0f}", short_number(least->second), least->first), "value");
    return svg + "</svg>";
}

}  // namespace quoin
