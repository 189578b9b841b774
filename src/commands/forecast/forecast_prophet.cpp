#include <array>
#include <cmath>

#include "commands/forecast/forecast_task.h"
#include "learning/series/country_holidays.h"
#include "learning/series/prophet_fit.h"

namespace quoin {
namespace {

struct CalendarName {
    const char* name;
    HolidayCalendar calendar;
};
constexpr std::array<CalendarName, 3> calendars = {
    {{"exchange", HolidayCalendar::exchange}, {"bond_market", HolidayCalendar::bond_market}, {"federal", HolidayCalendar::federal}}};

Result<ProphetOptions> read_options(const CommandLine& line, const Series& series) {
    ProphetOptions options;
    options.is_multiplicative = line.has("multiplicative");
    std::string growth = line.text("growth");
    if (growth == "flat") options.growth = ProphetGrowth::flat;
    else if (growth == "logistic") options.growth = ProphetGrowth::logistic;
    else if (growth != "linear") return fail(ErrorKind::invalid, "--growth: '{}'; there are linear, logistic, flat", growth);
    if ((options.growth == ProphetGrowth::logistic) != line.has("capacity"))
        return fail(ErrorKind::invalid, "--capacity and --growth logistic belong together");
    if (!line.has("holidays")) return options;
    for (const CalendarName& one : calendars) {
        if (line.text("holidays") != one.name) continue;
        ProphetHoliday like{.is_multiplicative = options.is_multiplicative};
        options.terms.holidays = holiday_terms(one.calendar, series.times().front(), series.times().back(), like);
        return options;
    }
    return fail(ErrorKind::invalid, "--holidays: '{}'; there are exchange, bond_market, federal", line.text("holidays"));
}

Result<double> read_capacity(const CommandLine& line) {
    if (!line.has("capacity")) return 0.0;
    std::string text = line.text("capacity");
    char* end = nullptr;
    double capacity = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !std::isfinite(capacity)) return fail(ErrorKind::invalid, "--capacity: '{}' is not a number", text);
    return capacity;
}

/// The moments after the history: by its step, or by the average distance where times are irregular.
std::vector<EventTime> later_times(const ForecastTask& task) {
    std::span<const EventTime> times = task.series.times();
    SeriesStep step{
        .us = std::max<std::int64_t>(1, (times.back().value() - times.front().value()) / static_cast<std::int64_t>(times.size() - 1))};
    std::vector<EventTime> result;
    for (std::size_t i = 1; i <= task.request.horizon; ++i)
        result.push_back(advance(times.back(), task.series.step().value_or(step), static_cast<std::int64_t>(i)));
    return result;
}

}  // namespace

Result<ForecastAnswer> forecast_by_prophet(const ForecastTask& task, const CommandLine& line) {
    TRY(options, read_options(line, task.series));
    TRY(capacity, read_capacity(line));
    ProphetHistory history;
    if (options.growth == ProphetGrowth::logistic) history.capacities.assign(task.series.size(), capacity);
    TRY(model, fit_prophet(task.series, options, history));
    auto moments_at = [&](std::vector<EventTime> times) {
        ProphetMoments moments{.times = std::move(times)};
        if (options.growth == ProphetGrowth::logistic) moments.capacities.assign(moments.times.size(), capacity);
        return moments;
    };
    ForecastAnswer answer;
    answer.times = later_times(task);
    TRY(future, model.predict(moments_at(answer.times), task.request));
    answer.forecast = std::move(future.forecast);
    answer.methods = {
        {"prophet", fmt::format("{} trend, {} changepoints", name_of(options.growth), model.trend.changepoints.size()), std::nan(""), 1}};
    answer.parts.push_back({"trend", answer.times, std::move(future.trend.point)});
    // Holidays one by one would fill the picture: they are one part.
    ChartPart holidays{"holidays", answer.times, std::vector<double>(answer.times.size(), 0.0)};
    for (std::size_t i = 0; i < future.parts.size(); ++i) {
        bool is_holiday = i >= model.terms.seasons.size() && i < model.terms.seasons.size() + model.terms.holidays.size();
        for (std::size_t j = 0; is_holiday && j < answer.times.size(); ++j) holidays.values[j] += future.parts[i].values[j];
        if (!is_holiday) answer.parts.push_back({future.parts[i].name, answer.times, std::move(future.parts[i].values)});
    }
    if (!model.terms.holidays.empty()) answer.parts.push_back(std::move(holidays));
    return answer;
}

}  // namespace quoin
