#pragma once

#include <string>
#include <string_view>

#include "base/entity_id.h"

namespace quoin {

/// Who is asked about an entity, for as long as an experiment lasts: an entity's place in [0, 1) is the first 52 bits of the SHA-256 of the
/// experiment's id, a zero byte and the entity's id. The challenger answers for places below its share. So places are uniform and
/// independent between experiments, the same after a restart and on every machine, and who was with the challenger stays there when the
/// share grows. Immutable, thread-safe.
class Assignment {
public:
    explicit Assignment(std::string experiment) : salt_(std::move(experiment) + '\0') {}
    double place(const EntityId& entity) const;
    bool is_challenger(const EntityId& entity, double share) const { return place(entity) < share; }

private:
    std::string salt_;
};

}  // namespace quoin
