#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "commands/time_column.h"

namespace quoin {

struct DetectionRequest {
    std::string time_column;
    std::vector<std::string> value_columns;
    std::string method = "ensemble";  ///< ensemble, forest, tail or half-space
    double risk = 1e-3;               ///< method tail: share of values that alarm
    std::uint64_t seed = 1;
};

/// What was found in a series, one entry per row that has all its values, in order of time.
struct Detection {
    TimeForm form = TimeForm::calendar;
    std::vector<EventTime> times;
    std::vector<std::vector<double>> values;  ///< per column
    std::vector<double> scores;               ///< in [0, 1]; method tail: 1 for an alarm
    std::vector<std::size_t> alarms;          ///< numbers of entries
    std::vector<std::vector<double>> shares;  ///< per column: its share of the score, where the method tells (0 elsewhere)
    struct Change {
        std::size_t entry;  ///< starts the new run
        std::size_t column;
        double before, after;  ///< means of the two runs
    };
    std::vector<Change> changes;
    std::size_t rows_without_value = 0, equal_times = 0;
};

/// Reads the columns, orders the rows by time (equal times keep the order of the file) and runs the method and, on every column, Bayesian
/// change-point detection with Student's law. Rows in which a value or the time is missing are left out and counted; steps may be
/// irregular. Error: invalid (no number column, no time column, fewer than 20 rows with values, an unknown method), not_found (a column).
Result<Detection> detect(const Table& table, const DetectionRequest& request);

/// Of the changes at most `most`, those whose means differ most in units of their column's standard deviation, in order of time: a series
/// whose neighbours are alike has many that are real and of little interest.
std::vector<Detection::Change> largest_changes(const Detection& detection, std::size_t most);

/// The series with its alarms and its 20 largest changes, one panel per column, and the score below: an SVG document. At most 2,000 points
/// a line.
std::string detection_plot(const Detection& detection, const std::vector<std::string>& columns);

}  // namespace quoin
