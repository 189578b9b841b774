#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace quoin {

/// Appends the bytes of a number as they lie in memory (little-endian on every machine that we build for).
template <class Number>
void put_raw(std::string& out, Number number) {
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

/// The number whose bytes begin at `place`. Precondition: place + sizeof(Number) ≤ bytes.size().
template <class Number>
Number raw_at(std::string_view bytes, std::size_t place) {
    Number number;
    std::memcpy(&number, bytes.data() + place, sizeof number);
    return number;
}

}  // namespace quoin
