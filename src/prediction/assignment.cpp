#include "prediction/assignment.h"

#include <charconv>
#include <cstdint>

#include "base/digest.h"

namespace quoin {

double Assignment::place(const EntityId& entity) const {
    std::string digest = sha256_hex(salt_ + entity.value());
    std::uint64_t bits = 0;
    std::from_chars(digest.data(), digest.data() + 13, bits, 16);
    return static_cast<double>(bits) * 0x1p-52;
}

}  // namespace quoin
