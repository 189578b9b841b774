#include "events/name_table.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdlib>
#include <new>

namespace quoin {
namespace {

constexpr std::size_t filter_bits_per_name = 10;
/// One bit in each word of a block; odd multipliers of the Parquet format's Bloom filter.
constexpr std::uint32_t salts[8] = {0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31};

std::uint32_t bit_of(EventName name, int word) { return 1u << (static_cast<std::uint32_t>(name.low) * salts[word] >> 27); }

}  // namespace

void NameTable::Free::operator()(Entry* slots) const { std::free(slots); }

NameTable::NameTable(std::size_t names) : mask_(std::bit_ceil(std::max<std::size_t>(names * 2, 64)) - 1) {
    // Zeroed by the system as pages are touched: an empty table costs nothing.
    auto* slots = static_cast<Entry*>(std::calloc(mask_ + 1, sizeof(Entry)));
    if (slots == nullptr) throw std::bad_alloc();
    slots_.reset(slots);
}

std::uint64_t NameTable::find(EventName name) const {
    for (auto at = name.high & mask_;; at = (at + 1) & mask_) {
        const auto& slot = slots_[at];
        if (slot.sequence == 0 || slot.name == name) return slot.sequence;
    }
}

void NameTable::insert(EventName name, std::uint64_t sequence) {
    assert(sequence > 0);
    if (2 * size_ > mask_) grow();
    auto at = name.high & mask_;
    while (slots_[at].sequence != 0) at = (at + 1) & mask_;
    slots_[at] = {name, sequence};
    ++size_;
}

void NameTable::grow() {
    NameTable larger(mask_ + 1);
    for (const auto& slot : slots())
        if (slot.sequence != 0) larger.insert(slot.name, slot.sequence);
    *this = std::move(larger);
}

void NameTable::forget_from(std::uint64_t first) {
    NameTable kept((mask_ + 1) / 2);
    for (const auto& slot : slots())
        if (slot.sequence != 0 && slot.sequence < first) kept.insert(slot.name, slot.sequence);
    *this = std::move(kept);
}

std::vector<NameTable::Entry> NameTable::sorted() const {
    std::vector<Entry> entries;
    entries.reserve(size_);
    std::ranges::copy_if(slots(), std::back_inserter(entries), [](const Entry& slot) { return slot.sequence != 0; });
    std::ranges::sort(entries, {}, &Entry::name);
    return entries;
}

NameFilter::NameFilter(std::size_t names)
    : capacity_(names), block_count_(std::max<std::size_t>(names * filter_bits_per_name / (8 * sizeof(Block)), 1)),
      blocks_(new Block[block_count_]()) {}

void NameFilter::add(EventName name) {
    auto& block = blocks_[block_of(name)];
    for (int word = 0; word < 8; ++word) {  // the only thread that writes
        auto bits = block.words[word].load(std::memory_order_relaxed);
        block.words[word].store(bits | bit_of(name, word), std::memory_order_relaxed);
    }
    ++added_;
}

bool NameFilter::may_have(EventName name) const {
    const auto& block = blocks_[block_of(name)];
    for (int word = 0; word < 8; ++word)
        if ((block.words[word].load(std::memory_order_relaxed) & bit_of(name, word)) == 0) return false;
    return true;
}

}  // namespace quoin
