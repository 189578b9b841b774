#include "commands/time_column.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace quoin {
namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr int year_min = 1500, year_max = 2500;

/// A date, or missing where there is no such day.
EventTime date_of(std::int64_t year, std::int64_t month, std::int64_t day) {
    if (year < year_min || year > year_max || month < 1 || month > 12 || day < 1 || day > 31) return EventTime::missing();
    EventTime time = from_civil(static_cast<int>(year), static_cast<unsigned>(month), static_cast<unsigned>(day));
    return civil(time).day == static_cast<unsigned>(day) ? time : EventTime::missing();
}

EventTime scaled(std::int64_t number, std::int64_t least, std::int64_t unit_us) {
    bool is_within = number >= least && number < 100 * least;
    return is_within ? EventTime{number * unit_us} : EventTime::missing();
}

/// What a whole number could stand for; missing where it could not.
struct Reading {
    TimeForm form;
    EventTime (*time_of)(std::int64_t number);
};

constexpr std::array<Reading, 7> readings = {{
    {TimeForm::years, [](std::int64_t n) { return date_of(n, 1, 1); }},
    {TimeForm::calendar, [](std::int64_t n) { return date_of(n / 100, n % 100, 1); }},
    {TimeForm::calendar, [](std::int64_t n) { return date_of(n / 10'000, n / 100 % 100, n % 100); }},
    {TimeForm::calendar, [](std::int64_t n) { return scaled(n, 100'000'000, second_us); }},
    {TimeForm::calendar, [](std::int64_t n) { return scaled(n, 100'000'000'000, 1'000); }},
    {TimeForm::calendar, [](std::int64_t n) { return scaled(n, 100'000'000'000'000, 1); }},
    {TimeForm::counts, [](std::int64_t n) { return std::abs(n) <= 100'000'000 ? EventTime{n * second_us} : EventTime::missing(); }},
}};

std::optional<Times> read_as(const Reading& reading, const Numbers& numbers) {
    Times times;
    for (double number : numbers) {
        times.push_back(std::isnan(number) ? EventTime::missing() : reading.time_of(static_cast<std::int64_t>(number)));
        if (times.back().is_missing() && !std::isnan(number)) return std::nullopt;
    }
    return times;
}

}  // namespace

Result<TimeColumn> time_column(const Column& column) {
    if (column.kind() == ColumnKind::time) return TimeColumn{column.times(), TimeForm::calendar};
    constexpr double whole_max = 1e17;
    auto is_whole = [](double number) { return std::isnan(number) || (std::abs(number) < whole_max && number == std::floor(number)); };
    if (column.kind() == ColumnKind::number && std::ranges::all_of(column.numbers(), is_whole))
        for (const Reading& reading : readings)
            if (auto times = read_as(reading, column.numbers())) return TimeColumn{std::move(*times), reading.form};
    return fail_field(ErrorKind::invalid, column.name,
                      "column '{}' holds no times; write them as 2024-01-15 or 2024-01-15T10:30:00Z, or as whole numbers: years, 202401, "
                      "20240115, seconds since 1970, or counts",
                      column.name);
}

std::string time_text(EventTime time, TimeForm form) {
    if (form == TimeForm::years) return fmt::format("{}", civil(time).year);
    return form == TimeForm::counts ? fmt::format("{}", time.value() / second_us) : to_text(time);
}

Column output_column(std::string name, Times times, TimeForm form) {
    if (form == TimeForm::calendar) return {std::move(name), std::move(times)};
    Numbers numbers;
    for (EventTime time : times)
        numbers.push_back(form == TimeForm::years ? civil(time).year : static_cast<double>(time.value() / second_us));
    return {std::move(name), std::move(numbers)};
}

}  // namespace quoin
