#include "prediction/prediction_id.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstdint>
#include <span>
#include <utility>

#include "base/digest.h"

namespace quoin {
namespace {

constexpr std::string_view prefix = "pred_";
constexpr std::string_view digits = "0123456789abcdef";
constexpr std::int64_t microseconds_per_millisecond = 1000;

/// 64 bits from the operating system, asked for in pieces: each call costs as much as the rest of an id.
std::uint64_t random_word() {
    thread_local std::array<std::uint64_t, 64> words;
    thread_local std::size_t used = words.size();
    if (used == words.size()) {
        fill_random(std::as_writable_bytes(std::span(words)));
        used = 0;
    }
    return std::exchange(words[used++], 0);
}

void put_hex(char* place, std::uint64_t word) {
    for (int digit = 15; digit >= 0; --digit, word >>= 4) place[digit] = digits[word & 15];
}

}  // namespace

std::string prediction_id(EventTime at) {
    assert(at.value() >= 0);
    auto millisecond = static_cast<std::uint64_t>(at.value() / microseconds_per_millisecond);
    auto fraction = static_cast<std::uint64_t>(at.value() % microseconds_per_millisecond) * 4096 / microseconds_per_millisecond;
    std::string id(prefix.size() + 32, '\0');
    std::ranges::copy(prefix, id.begin());
    put_hex(id.data() + prefix.size(), millisecond << 16 | 0x7000 | fraction);
    put_hex(id.data() + prefix.size() + 16, 1ull << 63 | random_word() >> 2);
    return id;
}

std::optional<EventTime> time_of_prediction(std::string_view id) {
    bool is_id = id.size() == prefix.size() + 32 && id.starts_with(prefix);
    if (!is_id || id.find_first_not_of(digits, prefix.size()) != std::string_view::npos) return {};
    id.remove_prefix(prefix.size());
    if (id[12] != '7' || std::string_view("89ab").find(id[16]) == std::string_view::npos) return {};
    std::int64_t millisecond = 0;
    std::from_chars(id.data(), id.data() + 12, millisecond, 16);
    return EventTime{millisecond * microseconds_per_millisecond};
}

}  // namespace quoin
