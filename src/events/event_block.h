#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "events/event_log.h"

namespace quoin {

/// Consecutive events of one commit as bytes, with a checksum: docs/formats/event-log.md. What an event has in common with the one before
/// it (source, type, subject, tenant) is not repeated.
class EventBlockWriter {
public:
    /// Starts a block with the event that gets `first_sequence`.
    void begin(std::uint64_t first_sequence);
    /// Adds the next event; its `known` is set, its sequence is the one after the former's. `event` stays as it is until the next call.
    void add(const Event& event);
    std::uint64_t first_sequence() const { return first_sequence_; }
    std::size_t events() const { return events_; }
    std::size_t bytes() const { return bytes_.size(); }
    /// Ends the block. The view is valid until begin().
    std::string_view finish();

private:
    std::string bytes_;
    std::uint64_t first_sequence_ = 0;
    std::size_t events_ = 0;
    const Event* former_ = nullptr;
    EventTime former_known_;
};

/// Hands the events of a block to `visit` in order, until it returns false; true if it never did. Error: corrupt, if the bytes are not
/// what was written; what `visit` returns.
Result<bool> read_event_block(std::string_view block, const std::function<Result<bool>(const Event&)>& visit);

/// A dead letter as bytes, with a checksum, and back; its sequence is its key and not in them. Error: corrupt.
std::string dead_letter_bytes(const DeadLetter& letter);
Result<DeadLetter> read_dead_letter(std::string_view bytes);

}  // namespace quoin
