#pragma once

#include <cmath>
#include <limits>

#include "store/database.h"

namespace quoin {

/// A measured number as a column: SQLite has no NaN, so "not a number" is stored as null.
inline SqlValue metric_column(double value) {
    if (std::isnan(value)) return nullptr;
    return value;
}

inline double metric_value(const SqlRow& row, std::size_t column) {
    return row.is_null(column) ? std::numeric_limits<double>::quiet_NaN() : row.real(column);
}

}  // namespace quoin
