#include "store/ordered_key.h"

#include <cassert>

namespace quoin {

std::string key_after_prefix(std::string_view prefix) {
    std::string next(prefix);
    while (!next.empty() && next.back() == '\xff') next.pop_back();
    if (!next.empty()) next.back() = static_cast<char>(static_cast<unsigned char>(next.back()) + 1);
    return next;
}

std::string ordered_key(std::uint64_t number) {
    std::string key(8, '\0');
    for (std::size_t i = 8; i-- > 0; number >>= 8) key[i] = static_cast<char>(number & 0xff);
    return key;
}

std::uint64_t number_of_key(std::string_view key) {
    assert(key.size() == 8);
    std::uint64_t number = 0;
    for (char byte : key) number = number << 8 | static_cast<unsigned char>(byte);
    return number;
}

}  // namespace quoin
