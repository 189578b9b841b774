#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace quoin {

/// `text` with every ${NAME} replaced by that variable of the environment; $$ is one dollar sign. Declarations refer to secrets in this
/// way and never hold them. Error: invalid, naming a variable that is not set or a mark that does not end, never a value.
Result<std::string> with_environment(std::string_view text);

}  // namespace quoin
