#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "events/event_name.h"

namespace quoin {

/// Names of consecutive events in memory. The names lie in their order, the table has 8 bytes a slot and is at most three quarters full:
/// 131,072 names take a table of 2 MB, which stays in a core's cache. Not thread-safe.
class NameTable {
public:
    /// Room for `names` without growing.
    explicit NameTable(std::size_t names);
    /// 0: not there.
    std::uint64_t find(EventName name) const;
    void prefetch(EventName name) const { __builtin_prefetch(&slots_[name.high & mask_]); }
    /// Precondition: the name is not there; `sequence` > 0 is the one after the last inserted.
    void insert(EventName name, std::uint64_t sequence);
    /// Forgets every name whose sequence is `first` or later.
    void forget_from(std::uint64_t first);
    std::size_t size() const { return names_.size(); }

    struct Entry {
        EventName name;
        std::uint64_t sequence = 0;
    };
    std::vector<Entry> sorted() const;  ///< by name

private:
    struct Slot {
        std::uint32_t tag = 0;    ///< of the name: most others are told apart without looking at it
        std::uint32_t place = 0;  ///< in names_, from 1; 0: free
    };
    static std::uint32_t tag_of(EventName name) { return static_cast<std::uint32_t>(name.low >> 32); }
    void place(EventName name, std::uint32_t place);
    void rebuild(std::size_t slots);

    std::vector<Slot> slots_;
    std::size_t mask_ = 0;
    std::vector<EventName> names_;
    std::uint64_t first_ = 0;  ///< sequence of names_[0]
};

/// Which names are surely not among many: a split block Bloom filter (Putze, Sanders & Singler 2007, as in Parquet), 10 bits a name, one
/// cache line a question, about 1 % wrong alarms when full. One thread may add while another asks.
class NameFilter {
public:
    explicit NameFilter(std::size_t names);
    void add(EventName name);
    bool may_have(EventName name) const;
    void prefetch(EventName name) const { __builtin_prefetch(&blocks_[block_of(name)]); }
    std::size_t capacity() const { return capacity_; }
    std::size_t added() const { return added_; }  ///< by the thread that adds

private:
    struct alignas(32) Block {
        std::atomic<std::uint32_t> words[8];
    };
    std::size_t block_of(EventName name) const {
        return static_cast<std::size_t>(static_cast<unsigned __int128>(name.high) * block_count_ >> 64);
    }
    std::size_t capacity_, block_count_, added_ = 0;
    std::unique_ptr<Block[]> blocks_;
};

}  // namespace quoin
