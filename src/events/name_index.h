#pragma once

#include <cstdint>
#include <memory>

#include "events/event_name.h"
#include "store/key_value.h"

namespace quoin {

/// Name → sequence of every event of a log, so that an event that comes twice is found. The names of the latest events are in memory; a
/// thread of its own brings them into a column of the store, sorted, 131,072 at a time, and keeps a filter over all of
/// them, so that a new name costs no look into the store. What is not in the column yet is read from the log again after a crash:
/// indexed_through() says from where. Questions and insertions come from one thread.
class NameIndex {
public:
    struct Options {
        KeyValue& store;  ///< outlives the index
        std::size_t column = 0;
        std::uint64_t indexed_through = 0;  ///< as kept from the last time
        std::size_t run_names = 131'072;    ///< what is brought into the store at once
    };
    explicit NameIndex(const Options& options);
    ~NameIndex();

    /// Calls for what find() will need: call it for many names, then find() each.
    void prefetch(EventName name) const;
    /// The sequence of the event of that name; 0 if there is none. Error: corrupt, unavailable.
    Result<std::uint64_t> find(EventName name);
    void insert(EventName name, std::uint64_t sequence);
    /// Forgets the names inserted for `first` and later: their commit failed.
    void take_back(std::uint64_t first);
    /// After a commit: everything up to `last` is durable in the log and may be brought into the store.
    void committed(std::uint64_t last);

    /// The events up to this one are in the column; keep it with the next commit.
    std::uint64_t indexed_through() const;
    /// Nothing, or why names cannot be brought into the store at present.
    Status health() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quoin
