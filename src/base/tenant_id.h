#pragma once

#include <string>

#include "base/word.h"

namespace quoin {

/// Whose data it is, e.g. "default" or "acme". Rows of one tenant are never answered to another.
class TenantId : public Word<TenantId, std::string> {
public:
    using Word::Word;
};

}  // namespace quoin
