#include "expression/text_span.h"

#include <algorithm>

namespace quoin {

int compare(const TextSpan& a, const TextSpan& b) {
    std::uint32_t shared = std::min(a.length, b.length);
    if (!a.is_lowered && !b.is_lowered) {
        if (int order = std::memcmp(a.data, b.data, shared)) return order;
    } else {
        for (std::uint32_t i = 0; i < shared; ++i)
            if (a.byte(i) != b.byte(i)) return a.byte(i) < b.byte(i) ? -1 : 1;
    }
    return a.length == b.length ? 0 : a.length < b.length ? -1 : 1;
}

}  // namespace quoin
