#include "models/series/seasonal_growth.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cassert>
#include <cmath>
#include <map>

namespace quoin {
namespace {

constexpr double day_us = 86'400e6;
constexpr double days_max = 2'932'896;  ///< 9999-12-31

constexpr std::size_t moments_max = 50'000;  ///< of one forecast

bool is_usable(double day) { return std::abs(day) < days_max; }

}  // namespace

std::vector<double> SeasonalGrowth::at(std::span<const double> days) const {
    // Both ends of every step, each moment once: the model asks for ascending times, and hourly rows share theirs.
    std::map<std::int64_t, double> points;
    auto start_of = [](double day) { return static_cast<std::int64_t>(std::llround(day * day_us)); };
    for (double day : days) {
        if (!is_usable(day)) continue;
        points[start_of(day)], points[start_of(day) + ahead_us];
    }
    std::vector<double> growth(days.size(), 0.0);
    if (points.empty()) return growth;
    std::vector<EventTime> times;
    for (const auto& [time, point] : points) times.push_back(EventTime{time});
    auto next = points.begin();
    for (std::size_t first = 0; first < times.size(); first += moments_max) {
        auto end = std::min(times.size(), first + moments_max);
        ProphetMoments moments{
            .times = {times.begin() + static_cast<std::ptrdiff_t>(first), times.begin() + static_cast<std::ptrdiff_t>(end)}};
        auto forecast = model.predict(moments, {.levels = {}});
        assert(forecast);  // moments ascend, and the model asks for nothing else
        for (double point : forecast->forecast.point) (next++)->second = point;
    }
    for (std::size_t i = 0; i < days.size(); ++i)
        if (is_usable(days[i])) growth[i] = points[start_of(days[i]) + ahead_us] - points[start_of(days[i])];
    return growth;
}

boost::json::object to_json(const SeasonalGrowth& growth) { return {{"prophet", to_json(growth.model)}, {"ahead_us", growth.ahead_us}}; }

Result<SeasonalGrowth> seasonal_growth_from_json(const boost::json::object& object) {
    const auto *model = object.if_contains("prophet"), *ahead = object.if_contains("ahead_us");
    if (!model || !model->is_object() || !ahead || !ahead->is_int64() || ahead->get_int64() <= 0)
        return fail(ErrorKind::corrupt, "the stored seasonal growth is not readable");
    TRY(prophet, prophet_model_from_json(model->get_object()));
    if (!prophet.terms.regressors.empty() || prophet.trend.growth == ProphetGrowth::logistic)
        return fail(ErrorKind::corrupt, "the stored seasonal growth needs regressors or capacities that nobody has");
    return SeasonalGrowth{std::move(prophet), ahead->get_int64()};
}

}  // namespace quoin
