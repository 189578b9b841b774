#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/duration.h"
#include "table/table.h"

namespace quoin {

/// A table of what holds of entities from some time on: a row says so from `time_column`, and became known in `available_column` or `lag`
/// after its time.
struct BitemporalTable {
    const Table& rows;
    std::string entity_column, time_column;
    std::string available_column;  ///< empty: `lag` after the time
    Duration lag{};
    std::optional<Duration> max_age;   ///< an older row is no answer
    std::vector<std::string> columns;  ///< what is joined; empty: all others
};

struct FrameQuestions {
    const Table& frame;
    std::string entity_column, time_column;
};

struct JoinedColumns {
    std::string prefix;           ///< before each name, so that names do not collide
    bool wants_statuses = false;  ///< <name>__status: PRESENT, NULL_VALUE, NOT_FOUND, OUTSIDE_MAX_AGE
    std::size_t threads = 0;
};

/// The frame with the table's columns as of each row's time, by PointInTimeIndex. Entity columns are both numbers or both texts. Error:
/// not_found (a column), invalid (kinds, a name that is there already), too_large.
Result<Table> join_as_of(const FrameQuestions& questions, const BitemporalTable& table, const JoinedColumns& joined = {});

}  // namespace quoin
