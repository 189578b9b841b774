#pragma once

#include <span>

#include "store/database.h"

namespace quoin {

/// The schema of experiments.db, in the order in which it grew. A migration that has been released is never edited.
std::span<const Migration> experiment_migrations();

}  // namespace quoin
