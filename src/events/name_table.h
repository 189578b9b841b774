#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "events/event_name.h"

namespace quoin {

/// Names and their sequences in memory: open addressing, 24 bytes a slot, at most half full. Not thread-safe.
class NameTable {
public:
    /// Room for `names` without growing; memory is touched as it is used.
    explicit NameTable(std::size_t names);
    /// 0: not there.
    std::uint64_t find(EventName name) const;
    void prefetch(EventName name) const { __builtin_prefetch(&slots_[name.high & mask_]); }
    /// Precondition: the name is not there, `sequence` > 0.
    void insert(EventName name, std::uint64_t sequence);
    /// Forgets every name whose sequence is `first` or later.
    void forget_from(std::uint64_t first);
    std::size_t size() const { return size_; }

    struct Entry {
        EventName name;
        std::uint64_t sequence = 0;
    };
    std::vector<Entry> sorted() const;  ///< by name

private:
    struct Free {
        void operator()(Entry* slots) const;
    };
    std::span<Entry> slots() const { return {slots_.get(), mask_ + 1}; }
    void grow();

    std::unique_ptr<Entry[], Free> slots_;
    std::size_t mask_ = 0, size_ = 0;
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
