#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "events/event.h"

namespace quoin {

/// The name of an event, (tenant, source, id), as 128 bits.
struct EventName {
    std::uint64_t high = 0, low = 0;
    friend auto operator<=>(const EventName&, const EventName&) = default;
    /// Sixteen bytes that sort as the names do.
    std::string key() const;
    static EventName of_key(std::string_view key);
};

/// Names events by SipHash-2-4 with 128 bits (Aumasson & Bernstein 2012) under a key that every log makes for itself: nobody who does not
/// know it can find two events of one name, and by chance 10^9 events share one with probability 10^-21. Not thread-safe.
class EventNamer {
public:
    using Key = std::array<std::uint64_t, 2>;
    explicit EventNamer(Key key) : key_(key) {}
    EventName name_of(const Event& event);
    /// The same with the payload: what a dead letter is recognised by.
    EventName letter_name_of(const Event& event);

private:
    EventName hash_parts(std::initializer_list<std::string_view> parts);
    Key key_;
    std::string parts_;
};

/// SipHash-2-4-128 of any bytes; `high` holds its first eight bytes, little-endian as in the reference implementation.
EventName siphash(EventNamer::Key key, std::string_view bytes);

}  // namespace quoin
