#include "events/event_name.h"

#include <bit>
#include <cstring>

#include "store/ordered_key.h"

namespace quoin {
namespace {

struct SipState {
    std::uint64_t v0, v1, v2, v3;
    void round() {
        v0 += v1, v1 = std::rotl(v1, 13) ^ v0, v0 = std::rotl(v0, 32);
        v2 += v3, v3 = std::rotl(v3, 16) ^ v2;
        v0 += v3, v3 = std::rotl(v3, 21) ^ v0;
        v2 += v1, v1 = std::rotl(v1, 17) ^ v2, v2 = std::rotl(v2, 32);
    }
    void take(std::uint64_t word) {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }
    std::uint64_t finish() {
        for (int i = 0; i < 4; ++i) round();
        return v0 ^ v1 ^ v2 ^ v3;
    }
};

}  // namespace

EventName siphash(EventNamer::Key key, std::string_view bytes) {
    static_assert(std::endian::native == std::endian::little);
    SipState state{key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d ^ 0xee, key[0] ^ 0x6c7967656e657261,
                   key[1] ^ 0x7465646279746573};
    std::uint64_t length = bytes.size();
    for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data(), 8);
        state.take(word);
    }
    std::uint64_t last = length << 56;
    for (std::size_t i = 0; i < bytes.size(); ++i) last |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    state.take(last);
    state.v2 ^= 0xee;
    EventName name;
    name.high = state.finish();
    state.v1 ^= 0xdd;
    name.low = state.finish();
    return name;
}

std::string EventName::key() const { return ordered_key(high) + ordered_key(low); }

EventName EventName::of_key(std::string_view key) { return {number_of_key(key.substr(0, 8)), number_of_key(key.substr(8))}; }

EventName EventNamer::name_of(const Event& event) { return hash_parts({event.tenant.value(), event.source, event.id}); }

EventName EventNamer::letter_name_of(const Event& event) { return hash_parts({event.tenant.value(), event.source, event.id, event.data}); }

/// Each part with its length before it: ("ab", "c") is not ("a", "bc").
EventName EventNamer::hash_parts(std::initializer_list<std::string_view> parts) {
    parts_.clear();
    for (auto part : parts) {
        auto size = static_cast<std::uint32_t>(part.size());
        parts_.append(reinterpret_cast<const char*>(&size), sizeof size);
        parts_ += part;
    }
    return siphash(key_, parts_);
}

}  // namespace quoin
