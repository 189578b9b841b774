#include "features/entity_time_sort.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/parallel.h"

namespace quoin {
namespace {

using Entry = EntityTimeOrder::Entry;

constexpr std::size_t short_run = 96;  ///< below, insertion is quicker than two passes over 2,048 counters
constexpr unsigned digit_bits = 11;
constexpr std::size_t digits = std::size_t{1} << digit_bits;

void sort_by_insertion(std::span<Entry> entries) {
    for (std::size_t i = 1; i < entries.size(); ++i) {
        Entry entry = entries[i];
        std::size_t place = i;
        for (; place > 0 && entries[place - 1].moment > entry.moment; --place) entries[place] = entries[place - 1];
        entries[place] = entry;
    }
}

/// Least significant digit first, over the bits in which the moments differ; stable.
void sort_by_digits(std::span<Entry> entries, std::vector<Entry>& spare, std::int64_t least, std::int64_t greatest) {
    auto range = static_cast<std::uint64_t>(greatest) - static_cast<std::uint64_t>(least);
    unsigned bits = static_cast<unsigned>(std::bit_width(range));
    spare.resize(std::max(spare.size(), entries.size()));
    Entry *from = entries.data(), *to = spare.data();
    for (unsigned shift = 0; shift < bits; shift += digit_bits) {
        std::array<std::uint32_t, digits> places{};
        auto digit_of = [&](const Entry& entry) {
            return ((static_cast<std::uint64_t>(entry.moment) - static_cast<std::uint64_t>(least)) >> shift) & (digits - 1);
        };
        for (std::size_t i = 0; i < entries.size(); ++i) ++places[digit_of(from[i])];
        std::uint32_t sum = 0;
        for (auto& place : places) sum += std::exchange(place, sum);
        for (std::size_t i = 0; i < entries.size(); ++i) to[places[digit_of(from[i])]++] = from[i];
        std::swap(from, to);
    }
    if (from != entries.data()) std::copy(from, from + entries.size(), entries.data());
}

void sort_entity(std::span<Entry> entries, std::vector<Entry>& spare) {
    std::int64_t least = entries[0].moment, greatest = least;
    bool in_order = true;
    for (std::size_t i = 1; i < entries.size(); ++i) {
        in_order = in_order && entries[i - 1].moment <= entries[i].moment;
        least = std::min(least, entries[i].moment);
        greatest = std::max(greatest, entries[i].moment);
    }
    if (in_order) return;
    if (entries.size() < short_run) sort_by_insertion(entries);
    else sort_by_digits(entries, spare, least, greatest);
}

/// Counts rows by entity in each of some blocks of rows, then tells each block where to put its rows of each entity.
class Distribution {
public:
    Distribution(std::span<const std::uint32_t> entities, std::span<const std::int64_t> moments, std::uint32_t entity_count,
                 std::size_t threads)
        : entities_(entities), moments_(moments), entity_count_(entity_count), threads_(threads) {
        // One block per thread, but never more counters than rows.
        blocks_ = std::max<std::size_t>(1, std::min(threads, entities.size() / std::max<std::size_t>(1, entity_count) + 1));
        places_.resize(blocks_);
    }

    void run(EntityTimeOrder& order) {
        parallel_for(
            blocks_, [&](std::size_t block) { count(block); }, threads_);
        order.begins.resize(std::size_t{entity_count_} + 1);
        std::uint64_t sum = 0;
        for (std::uint32_t entity = 0; entity < entity_count_; ++entity) {
            order.begins[entity] = sum;
            for (auto& places : places_) {
                auto here = places[entity];
                places[entity] = static_cast<std::uint32_t>(sum);
                sum += here;
            }
        }
        order.begins[entity_count_] = sum;
        order.entries.resize(sum);
        parallel_for(
            blocks_, [&](std::size_t block) { distribute(block, order.entries); }, threads_);
    }

private:
    std::size_t first(std::size_t block) const { return entities_.size() * block / blocks_; }
    bool counts(std::size_t row) const { return entities_[row] < entity_count_ && moments_[row] != EventTime::missing().value(); }

    void count(std::size_t block) {
        auto& counts_of = places_[block];
        counts_of.assign(entity_count_, 0);
        for (std::size_t row = first(block); row < first(block + 1); ++row)
            if (counts(row)) ++counts_of[entities_[row]];
    }
    void distribute(std::size_t block, std::vector<Entry>& entries) {
        auto& places = places_[block];
        for (std::size_t row = first(block); row < first(block + 1); ++row)
            if (counts(row)) entries[places[entities_[row]]++] = {moments_[row], static_cast<std::uint32_t>(row)};
    }

    std::span<const std::uint32_t> entities_;
    std::span<const std::int64_t> moments_;
    std::uint32_t entity_count_;
    std::size_t threads_, blocks_;
    std::vector<std::vector<std::uint32_t>> places_;
};

}  // namespace

EntityTimeOrder sort_by_entity_and_time(std::span<const std::uint32_t> entities, std::span<const std::int64_t> moments,
                                        std::uint32_t entity_count, std::size_t threads) {
    EntityTimeOrder order;
    Distribution(entities, moments, entity_count, threads).run(order);
    constexpr std::size_t block_entities = 256;
    std::size_t blocks = (entity_count + block_entities - 1) / block_entities;
    if (entity_count <= 16 * threads) blocks = entity_count;  // few and long ones: one at a time
    parallel_for(
        blocks,
        [&](std::size_t block) {
            std::size_t step = blocks == entity_count ? 1 : block_entities;
            std::size_t end = std::min<std::size_t>(entity_count, (block + 1) * step);
            std::vector<Entry> spare;
            for (std::size_t entity = block * step; entity < end; ++entity) {
                auto begin = order.begins[entity];
                std::span<Entry> entries(order.entries.data() + begin, order.begins[entity + 1] - begin);
                if (entries.size() > 1) sort_entity(entries, spare);
            }
        },
        threads);
    return order;
}

}  // namespace quoin
