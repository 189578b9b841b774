#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/huge_pages.h"

namespace quoin {

/// Where the row of an entity lies, by the hash of its key: open addressing, at most two thirds full. Entries are numbered from 0 in the
/// order they come. Not thread-safe.
class EntityIndex {
public:
    /// `is_it(entry)` compares the key; it is called for the entries whose upper half of the hash is the same, nearly always one.
    template <class IsIt>
    std::optional<std::size_t> find(std::uint64_t hash, IsIt is_it) const {
        if (slots_.empty()) return std::nullopt;
        for (std::size_t i = hash & mask();; i = (i + 1) & mask()) {
            if (slots_[i] == empty) return std::nullopt;
            if (has_tag(slots_[i], hash) && is_it(entry_of(slots_[i]))) return entry_of(slots_[i]);
        }
    }
    void prefetch(std::uint64_t hash) const {
        if (!slots_.empty()) __builtin_prefetch(&slots_[hash & mask()]);
    }
    /// Adds entry number size(). `hash_of(entry)`: of those that are there.
    template <class HashOf>
    void add(std::uint64_t hash, HashOf hash_of) {
        if ((size_ + 1) * 3 > slots_.size() * 2) {
            slots_.assign(std::max<std::size_t>(64, slots_.size() * 2), empty);
            for (std::size_t entry = 0; entry < size_; ++entry) place(hash_of(entry), entry);
        }
        place(hash, size_++);
    }
    std::size_t size() const { return size_; }
    std::size_t bytes() const { return slots_.capacity() * sizeof(std::uint64_t); }

private:
    /// A slot: the upper half of the hash, then the entry + 1.
    static constexpr std::uint64_t empty = 0;
    static std::size_t entry_of(std::uint64_t slot) { return (slot & 0xffffffffu) - 1; }
    static bool has_tag(std::uint64_t slot, std::uint64_t hash) { return (slot >> 32) == (hash >> 32); }
    std::size_t mask() const { return slots_.size() - 1; }
    void place(std::uint64_t hash, std::size_t entry) {
        std::size_t i = hash & mask();
        while (slots_[i] != empty) i = (i + 1) & mask();
        slots_[i] = (hash & 0xffffffff00000000u) | (entry + 1);
    }

    std::vector<std::uint64_t, HugePageAllocator<std::uint64_t>> slots_;  ///< a power of two
    std::size_t size_ = 0;
};

}  // namespace quoin
