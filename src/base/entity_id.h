#pragma once

#include <string>

#include "base/word.h"

namespace quoin {

/// The caller's own name of a property, user, lead or investor, e.g. "prop_123". Opaque; compared byte for byte.
class EntityId : public Word<EntityId, std::string> {
public:
    using Word::Word;
};

}  // namespace quoin
