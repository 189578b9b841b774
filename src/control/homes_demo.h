#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "control/project.h"

namespace quoin {

/// Homes for the demo: simulates a market and writes its tables to <project>/data, or takes a file of sales, and declares `model` for it,
/// where there is no declaration yet. What was done and chosen comes back in sentences. Error: as read_table, draft_declaration.
Result<std::vector<std::string>> set_up_homes(Project& project, const std::string& model, const std::filesystem::path& sales);

}  // namespace quoin
