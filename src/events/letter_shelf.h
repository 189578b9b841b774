#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "events/event_log.h"
#include "events/event_name.h"
#include "store/key_value.h"

namespace quoin {

/// Where the dead letters of a log lie: numbered from 1, recognised when the same event comes again, gone when they are replayed or
/// purged. Changes are collected in the log's own batch and count once it is committed. Reading is thread-safe, the rest is the writer's.
class LetterShelf {
public:
    /// Error: corrupt, unavailable.
    static Result<std::unique_ptr<LetterShelf>> open(KeyValue& store, EventNamer namer);

    /// Puts a refused event among the letters and returns its number: that of the letter it already is, of `replayed` if it was one, or
    /// the next. Error: corrupt, unavailable.
    Result<std::uint64_t> add(KeyValue::Batch& batch, DeadLetter letter, std::optional<std::uint64_t> replayed);
    /// Takes a letter away; none of that number is no error.
    Status remove(KeyValue::Batch& batch, std::uint64_t number);
    /// Adds to the batch what must be kept besides the letters. Call it last; then the batch is written, and one of these is called.
    void finish(KeyValue::Batch& batch);
    void committed();
    void abandoned();

    std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }
    Result<DeadLetter> get(std::uint64_t number) const;
    Status read(std::uint64_t first, const std::function<Result<bool>(const DeadLetter&)>& visit) const;

private:
    LetterShelf(KeyValue& store, EventNamer namer) : store_(store), namer_(namer) {}
    Result<std::optional<DeadLetter>> find(std::uint64_t number) const;
    Result<std::optional<DeadLetter>> current(std::uint64_t number) const;
    void put(KeyValue::Batch& batch, const DeadLetter& letter, const std::string& name);

    /// What a batch in progress has changed.
    struct Changes {
        std::map<std::uint64_t, std::optional<DeadLetter>> letters;  ///< nothing: removed
        std::map<EventName, std::uint64_t> names;
        std::int64_t count = 0;
        std::uint64_t last = 0;
    };
    KeyValue& store_;
    EventNamer namer_;
    std::uint64_t last_ = 0;  ///< the greatest number ever given
    std::atomic<std::uint64_t> count_{0};
    Changes changes_;
};

}  // namespace quoin
