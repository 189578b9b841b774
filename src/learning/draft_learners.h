#pragma once

#include <cstddef>

#include "learning/declaration.h"

namespace quoin {

/// Proposes members and gates for a declaration whose label, task and folds are known, and a file of so many rows. Where rows to come are
/// of new groups (`fold_group`), trees are shallow: deep ones learn what is peculiar to the groups seen.
void choose_learners(Declaration& declaration, std::size_t rows);

}  // namespace quoin
