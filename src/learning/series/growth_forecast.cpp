#include "learning/series/growth_forecast.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/parallel.h"
#include "learning/series/prophet_fit.h"

namespace quoin {
namespace {

constexpr double years_known_min = 2, days_of_year = 365.25;

Result<double> growth_after(std::span<const EventTime> times, std::span<const double> logs, int months) {
    if (times.empty() || times.back().days() - times.front().days() < years_known_min * days_of_year)
        return std::numeric_limits<double>::quiet_NaN();
    TRY(known, Series::make({times.begin(), times.end()}, {logs.begin(), logs.end()}));
    TRY(model, fit_prophet(known));
    TRY(ahead, model.predict({.times = {times.back(), advance(times.back(), {.us = 0, .months = months}, 1)}}, {}));
    return std::exp(ahead.forecast.point[1] - ahead.forecast.point[0]) - 1;
}

}  // namespace

Result<std::vector<double>> forecast_growth(const Series& series, std::span<const EventTime> origins, int months) {
    std::vector<EventTime> times;
    std::vector<double> logs;
    for (std::size_t i = 0; i < series.size(); ++i) {
        double value = series.values()[i];
        if (std::isnan(value)) continue;
        if (!(value > 0)) return fail(ErrorKind::invalid, "growth is of positive values; value {} is {}", i + 1, value);
        times.push_back(series.times()[i]);
        logs.push_back(std::log(value));
    }
    std::vector<double> growth(origins.size());
    std::vector<Status> failures(origins.size());
    parallel_for(origins.size(), [&](std::size_t i) {
        auto known = static_cast<std::size_t>(std::ranges::upper_bound(times, origins[i]) - times.begin());
        auto one = growth_after(std::span(times).first(known), std::span(logs).first(known), months);
        if (one) growth[i] = *one;
        else failures[i] = tl::unexpected(one.error());
    });
    for (auto& failure : failures) TRY_VOID(failure);
    return growth;
}

}  // namespace quoin
