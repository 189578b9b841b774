#include "models/market_index.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <limits>

namespace quoin {
namespace {

constexpr double bandwidths_min = 6;
constexpr std::size_t knots_max = 4000;

/// All residuals of one day.
struct Day {
    double sum = 0, rows = 0;
};

struct Line {
    double level, slope;
};

/// Kernel-weighted least-squares line through the days, at `at`.
Line local_line(const std::vector<Day>& days, double at, double bandwidth) {
    double w0 = 0, w1 = 0, w2 = 0, y0 = 0, y1 = 0;
    for (std::size_t d = 0; d < days.size(); ++d) {
        double x = static_cast<double>(d) - at, weight = std::exp(-0.5 * x * x / (bandwidth * bandwidth));
        w0 += weight * days[d].rows;
        w1 += weight * days[d].rows * x;
        w2 += weight * days[d].rows * x * x;
        y0 += weight * days[d].sum;
        y1 += weight * days[d].sum * x;
    }
    double determinant = w0 * w2 - w1 * w1;
    if (!(determinant > 1e-12 * w0 * w2)) return {w0 > 0 ? y0 / w0 : 0, 0};
    return {(w2 * y0 - w1 * y1) / determinant, (w0 * y1 - w1 * y0) / determinant};
}

}  // namespace

double MarketIndex::at(double day) const {
    if (days.empty()) return 0;
    if (std::isnan(day)) return levels.back();
    if (day <= days.front()) return levels.front();
    if (day >= days.back()) return levels.back() + slope_per_day * damping_days * (1 - std::exp(-(day - days.back()) / damping_days));
    auto after = static_cast<std::size_t>(std::upper_bound(days.begin(), days.end(), day) - days.begin());
    double share = (day - days[after - 1]) / (days[after] - days[after - 1]);
    return levels[after - 1] + share * (levels[after] - levels[after - 1]);
}

MarketIndex fit_market_index(std::span<const double> days, std::span<const double> residuals, const MarketIndexOptions& options) {
    double first = std::numeric_limits<double>::infinity(), last = -first;
    for (double day : days) {
        if (std::isnan(day)) continue;
        first = std::min(first, day);
        last = std::max(last, day);
    }
    MarketIndex index;
    index.damping_days = options.damping_days;
    if (!(last - first >= options.bandwidth_days * bandwidths_min)) return index;
    std::vector<Day> cells(static_cast<std::size_t>(last - first) + 1);
    for (std::size_t i = 0; i < days.size(); ++i) {
        if (std::isnan(days[i])) continue;
        auto& cell = cells[static_cast<std::size_t>(days[i] - first)];
        cell.sum += residuals[i];
        cell.rows += 1;
    }
    double step = std::max(options.knot_days, (last - first) / knots_max);
    for (double knot = first; knot < last; knot += step) {
        index.days.push_back(knot);
        index.levels.push_back(local_line(cells, knot - first, options.bandwidth_days).level);
    }
    auto end = local_line(cells, last - first, options.bandwidth_days);
    index.days.push_back(last);
    index.levels.push_back(end.level);
    index.slope_per_day = end.slope;
    return index;
}

boost::json::object to_json(const MarketIndex& index) {
    return {{"days", boost::json::value_from(index.days)},
            {"levels", boost::json::value_from(index.levels)},
            {"slope_per_day", index.slope_per_day},
            {"damping_days", index.damping_days}};
}

Result<MarketIndex> market_index_from_json(const boost::json::value& value) try {
    MarketIndex index;
    index.days = boost::json::value_to<std::vector<double>>(value.at("days"));
    index.levels = boost::json::value_to<std::vector<double>>(value.at("levels"));
    index.slope_per_day = value.at("slope_per_day").to_number<double>();
    index.damping_days = value.at("damping_days").to_number<double>();
    if (index.days.size() != index.levels.size() || !std::is_sorted(index.days.begin(), index.days.end()) || !(index.damping_days > 0))
        return fail(ErrorKind::corrupt, "the stored market index is inconsistent");
    return index;
} catch (const std::exception& thrown) {
    return fail(ErrorKind::corrupt, "the stored market index is not readable: {}", thrown.what());
}

}  // namespace quoin
