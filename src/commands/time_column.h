#pragma once

#include "table/table.h"

namespace quoin {

/// How the times of a file were written, which is how they are written again.
enum class TimeForm {
    calendar,  ///< dates and times; seconds, milliseconds or microseconds since 1970
    years,     ///< 1990, 1991, …
    counts,    ///< 1, 2, 3, …, without a calendar
};

/// Times of a file. A count is held as so many seconds since 1970, so that all of a series' arithmetic holds for it.
struct TimeColumn {
    Times times;
    TimeForm form = TimeForm::calendar;
};

/// A column of times as it is; a column of whole numbers by the first line that all of them fit: years from 1500 to 2500; months as 202401;
/// days as 20240131; seconds (nine or ten digits), milliseconds (twelve or thirteen) or microseconds (fifteen or sixteen) since 1970;
/// counts up to ± 10^8. Error: invalid (text, a number with a fraction, whole numbers that fit no line).
Result<TimeColumn> time_column(const Column& column);

/// As the file writes it: 2024-01-15T10:30:00Z, 1990 or 17.
std::string time_text(EventTime time, TimeForm form);
/// A column of such times: numbers for years and counts.
Column output_column(std::string name, Times times, TimeForm form);

}  // namespace quoin
