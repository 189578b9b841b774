#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/event_time.h"
#include "base/result.h"

namespace quoin {

/// The distance between two observations: a fixed time, or whole calendar months. Exactly one of the two is positive.
struct SeriesStep {
    std::int64_t us = 0;
    int months = 0;
    bool operator==(const SeriesStep&) const = default;
};

/// `count` steps after `time`. Steps of months keep the day of the month, or the month's end where `time` is one.
EventTime advance(EventTime time, SeriesStep step, std::int64_t count);
/// Observations in the season that people expect of such a step: 24 for hours, 7 for days, 52 for weeks, 12 for months, 4 for quarters,
/// those of a day below an hour; 1 (none) otherwise.
std::size_t usual_period(SeriesStep step);

/// One variable over time: times ascending and distinct, NaN is missing. Immutable, thread-safe; 16 bytes a point. Limit: 10^8 points.
class Series {
public:
    /// Rows may come in any order. Error: invalid (fewer than two observed values, a missing or repeated time, an infinite value), naming
    /// the first bad row from 1; too_large.
    static Result<Series> make(std::vector<EventTime> times, std::vector<double> values);

    std::span<const EventTime> times() const { return times_; }
    std::span<const double> values() const { return values_; }
    std::size_t size() const { return values_.size(); }
    std::size_t missing_count() const;
    /// The most usual distance, if every other one is a multiple of it (longer ones are gaps); nothing for irregular times.
    std::optional<SeriesStep> step() const { return step_; }
    /// The same series with a missing value at each step left out. Error: unsupported, if times are irregular; too_large, if gaps would
    /// make the grid more than ten times as long.
    Result<Series> on_grid() const;

private:
    Series() = default;
    std::vector<EventTime> times_;
    std::vector<double> values_;
    std::optional<SeriesStep> step_;
};

/// Missing values between observed ones on straight lines; in a seasonal series of two seasons or more the line goes between neighbours
/// that lie whole seasons apart, where both exist. Missing values at the ends take the nearest (same season's) one.
/// Precondition: one observed value.
std::vector<double> interpolated(std::span<const double> values, std::size_t period = 1);

}  // namespace quoin
