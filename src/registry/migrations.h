#pragma once

#include <span>

#include "store/database.h"

namespace quoin {

/// The registry's schema, in the order in which it grew. A migration that has been released is never edited.
std::span<const Migration> registry_migrations();

}  // namespace quoin
