#pragma once

#include <string>
#include <vector>

#include "learning/declaration.h"
#include "table/table.h"

namespace quoin {

/// A column that may know the answer.
struct LeakFinding {
    std::string column;
    double strength;      ///< share of the label's rank variance that the column alone explains (R² of bin means); binary: AUC
    bool certain;         ///< so strong, or by its name known only after the event, that the column is left out
    std::string message;  ///< in words
};

/// Looks for leaks in two ways: by value (one column alone explains the label far better than a property fact can) and by name (list price,
/// sale-related fields; of a binary outcome tags, last activities and judgements of the case, which are kept and named). Rows with a
/// missing label are ignored. Findings, strongest first.
std::vector<LeakFinding> search_leaks(const Table& table, const std::string& label, Task task, const std::string& time);

}  // namespace quoin
