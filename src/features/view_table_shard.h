#pragma once

#include <atomic>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/huge_pages.h"
#include "features/entity_index.h"
#include "features/view_table.h"

namespace quoin {

/// A lock that is held for some hundred nanoseconds: spinning is cheaper than sleeping.
class SpinLock {
public:
    void lock() {
        for (int tries = 0; taken_.exchange(true, std::memory_order_acquire); ++tries)
            if (tries > 64) std::this_thread::yield();  // the holder may have lost its core
    }
    void unlock() { taken_.store(false, std::memory_order_release); }

private:
    std::atomic<bool> taken_{false};
};

/// The first line of a row: whose it is and how long it holds. The values follow, 8 bytes each, so that a read touches the index and then
/// one run of adjacent lines.
struct RowHead {
    static constexpr std::size_t inline_key_bytes = 39;
    static constexpr std::uint8_t is_long = 255;
    std::int64_t computed_at;  ///< missing: the values do not hold
    std::int64_t stable_until, latest;
    std::uint8_t key_size;  ///< is_long: the key lies in Shard::long_keys
    char key[inline_key_bytes];
};
static_assert(sizeof(RowHead) == 64);

/// Entities whose hashes fall together: the index, the rows and the states, under one lock.
struct alignas(64) ViewTable::Shard {
    static constexpr std::size_t head_words = sizeof(RowHead) / 8;
    /// In words: whole lines, so that a row begins with one.
    static constexpr std::size_t stride_for(std::size_t values) { return (head_words + values + 7) / 8 * 8; }

    mutable SpinLock guard;
    EntityIndex index;
    std::vector<std::uint64_t, HugePageAllocator<std::uint64_t>> rows;
    std::vector<EntityState, HugePageAllocator<EntityState>> states;
    std::unordered_map<std::size_t, std::string> long_keys;  ///< by entry
    std::size_t stride = 0;
    Position position;
    bool remembers_touched = false;
    std::vector<std::uint32_t> touched;  ///< entries, each once
    std::vector<bool> is_touched;        ///< by entry

    RowHead& head(std::size_t entry) { return *reinterpret_cast<RowHead*>(rows.data() + entry * stride); }
    const RowHead& head(std::size_t entry) const { return *reinterpret_cast<const RowHead*>(rows.data() + entry * stride); }
    std::uint64_t* values(std::size_t entry) { return rows.data() + entry * stride + head_words; }
    std::string_view key(std::size_t entry) const {
        const RowHead& row = head(entry);
        return row.key_size == RowHead::is_long ? std::string_view(long_keys.at(entry)) : std::string_view(row.key, row.key_size);
    }

    void prefetch_row(std::size_t entry) const {
        auto* row = reinterpret_cast<const char*>(rows.data() + entry * stride);
        for (std::size_t byte = 0; byte < stride * 8; byte += 64) __builtin_prefetch(row + byte);
    }

    std::optional<std::size_t> find(std::uint64_t hash, std::string_view wanted) const {
        return index.find(hash, [&](std::size_t entry) { return key(entry) == wanted; });
    }
    /// The same, with what will be read on its way before the key has come from memory.
    std::optional<std::size_t> find_row(std::uint64_t hash, std::string_view wanted) const {
        return index.find(hash, [&](std::size_t entry) { return prefetch_row(entry), key(entry) == wanted; });
    }
    std::optional<std::size_t> find_state(std::uint64_t hash, std::string_view wanted) const {
        return index.find(hash, [&](std::size_t entry) { return __builtin_prefetch(&states[entry]), key(entry) == wanted; });
    }
    std::size_t add(std::uint64_t hash, std::string_view wanted);
    std::size_t find_or_add(std::uint64_t hash, std::string_view wanted) {
        auto entry = find_state(hash, wanted);
        return entry ? *entry : add(hash, wanted);
    }

    bool is_valid(std::size_t entry, EventTime at) const {
        const RowHead& row = head(entry);
        return row.computed_at != EventTime::missing().value() && row.computed_at <= at.value() && at.value() < row.stable_until;
    }
    /// To be called whenever the state has changed.
    void touch(std::size_t entry) {
        head(entry).computed_at = EventTime::missing().value();
        head(entry).latest = states[entry].latest().value();
        if (!remembers_touched) return;
        if (is_touched.size() < states.size()) is_touched.resize(states.size());
        if (is_touched[entry]) return;
        is_touched[entry] = true;
        touched.push_back(static_cast<std::uint32_t>(entry));
    }
};

inline std::size_t ViewTable::Shard::add(std::uint64_t hash, std::string_view wanted) {
    index.add(hash, [&](std::size_t entry) { return TextTable::id_of(key(entry)); });
    std::size_t entry = states.size();
    states.emplace_back();
    rows.resize(rows.size() + stride);
    RowHead& row = head(entry);
    row.computed_at = row.latest = EventTime::missing().value();
    row.key_size = wanted.size() > RowHead::inline_key_bytes ? RowHead::is_long : static_cast<std::uint8_t>(wanted.size());
    if (row.key_size == RowHead::is_long) long_keys[entry] = wanted;
    else std::memcpy(row.key, wanted.data(), wanted.size());
    return entry;
}

}  // namespace quoin
