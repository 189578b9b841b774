#pragma once

#include "base/result.h"
#include "learning/declaration.h"

namespace quoin {

/// Whether what a declaration says fits together. Error: invalid, with the key.
Status check_declaration(const Declaration& declaration);

}  // namespace quoin
