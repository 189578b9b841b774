#pragma once

#include <string>
#include <vector>

namespace quoin {

/// The features of the catalog that tell who is about to move, and what for.
const std::vector<std::string>& mover_features();
/// The counts that contact times are learned from: Monday to Sunday, then the hours from midnight.
const std::vector<std::string>& contact_time_features();

}  // namespace quoin
