#pragma once

#include <span>

#include "base/result.h"
#include "registry/registry.h"
#include "store/database.h"

namespace quoin {

/// Plays the whole ledger again and compares what it says with the tables: versions with their evidence, cards, stages and aliases. Finds
/// what a hash chain alone cannot: lines cut off at the end, and tables edited without the ledger. Error: corrupt, naming the difference.
Status check_tables(Database& database, std::span<const LedgerLine> lines);

}  // namespace quoin
