#pragma once

#include <span>
#include <string>

#include "table/table.h"

namespace quoin {

/// The column, such as a town, whose values in the last `test_share` of time are all new: who is asked about then is of groups never
/// learned from, and folds must keep groups apart to say how good answers about them are. Of several the coarsest; empty: none. Columns
/// that name single rows, or hold fewer than ten groups before, are none.
std::string unseen_group_column(const Table& table, const std::string& time, double test_share);

}  // namespace quoin
