#include "learning/market_outlook_fit.h"

#include <algorithm>
#include <cmath>

#include "learning/series/combination_fit.h"

namespace quoin {
namespace {

constexpr std::size_t months_min = 24;
constexpr std::size_t origins_max = 6;

/// Levels one month apart, the last on the last day.
std::vector<double> monthly_levels(const MarketIndex& index) {
    double last = index.days.back(), first = index.days.front();
    auto months = static_cast<std::size_t>((last - first) / MarketOutlook::month_days) + 1;
    std::vector<double> levels;
    for (std::size_t k = months; k-- > 0;) levels.push_back(index.at(last - static_cast<double>(k) * MarketOutlook::month_days));
    return levels;
}

}  // namespace

Result<std::optional<MarketOutlook>> fit_market_outlook(const MarketIndex& index, std::size_t months) {
    if (index.days.empty()) return std::optional<MarketOutlook>();
    auto levels = monthly_levels(index);
    if (levels.size() < months_min) return std::optional<MarketOutlook>();
    constexpr SeriesSeasons yearly{.period = 12};
    CombinationOptions options{.methods = {"theta", "dynamic_theta", "ets", "drift"}, .horizon = months, .origins_max = origins_max};
    TRY(fit, fit_combination(levels, yearly, options));
    TRY(foreseen, fit.model.forecast({.horizon = months, .levels = {one_deviation}}));
    MarketOutlook outlook{.last_day = index.days.back()};
    for (std::size_t k = 0; k < months; ++k) {
        outlook.change.push_back(foreseen.point[k] - levels.back());
        double half = (foreseen.bands.front().upper[k] - foreseen.bands.front().lower[k]) / 2;
        // What lies farther ahead is not known better.
        outlook.deviation.push_back(std::max(half, outlook.deviation.empty() ? 0 : outlook.deviation.back()));
    }
    for (const auto& member : fit.model.members) outlook.form += (outlook.form.empty() ? "" : ", ") + member.form();
    return std::optional<MarketOutlook>(std::move(outlook));
}

}  // namespace quoin
