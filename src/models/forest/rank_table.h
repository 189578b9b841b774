#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/array.h"
#include "models/forest/forest.h"

namespace quoin {

/// Turns a row into small integers that answer every split of a forest by one comparison, `slots[slot] < rank`: left, else right.
///
/// A number's rank is how many of the forest's thresholds of its feature are ≤ it. Each way of treating missing values that occurs has a
/// slot of its own, in which a missing value has the rank 0 (goes left everywhere) or always_right. A category has a slot for every
/// different set, which holds 0 or always_right. Ranks order values as the thresholds do, and each threshold is first made into the least
/// double that goes right under the reference walk's comparison, float rounding included (docs/decisions/0008-exact-ranks.md). So the
/// decisions are those of goes_left() for every double.
///
/// The rank of a number is found from a bucket: an affine function of the value, made so that each bucket holds few thresholds, and then
/// `steps` halvings. Every operation of that function is monotone, rounding included, and thresholds went through the same function, so
/// that thresholds of other buckets need no comparison.
struct RankTable {
    /// Nothing if the forest is beyond what 16 bits hold: 65534 thresholds of one feature, 65535 slots, or 2^24 table entries of
    /// categories.
    static std::optional<RankTable> make(const Forest::Parts& parts);

    /// `out`: `slots` ranks; slot 0 is 0 for every row.
    void slots_of(std::span<const double> row, std::span<std::uint16_t> out) const;

    static constexpr std::uint16_t always_right = 65535;
    /// How a number that is missing or zero is treated: a way is 1 if it goes left, plus 2 if zero counts as missing.
    static constexpr std::size_t ways = 4;

    /// The test of a split: left if slots[slot] < rank.
    struct Test {
        std::uint16_t slot, rank;
    };
    struct Number {
        std::uint32_t feature, first_threshold, thresholds;
        std::uint32_t first_bucket, steps;
        double low, scale, last_bucket;         ///< bucket = (x − low) · scale, at least 0 and at most last_bucket
        std::array<std::uint16_t, ways> slots;  ///< 0: this way does not occur

        std::size_t bucket_of(double x) const {
            double bucket = (x - low) * scale;
            bucket = bucket > 0 ? bucket : 0;  // NaN, too, is put into bucket 0
            return static_cast<std::size_t>(bucket < last_bucket ? bucket : last_bucket);
        }
    };
    struct Category {
        std::uint32_t feature, first_slot, slots;
        std::uint32_t codes;  ///< rows of the table: codes 0 … codes − 1, then any other code, then missing
        std::size_t first_entry;

        const std::uint16_t* entries_of(double x, const Array<std::uint16_t>& entries) const {
            bool known = x >= 0 && x < codes;
            std::size_t line = known ? static_cast<std::size_t>(x) : codes + static_cast<std::size_t>(x != x);
            return entries.data() + first_entry + line * slots;
        }
    };

    /// How many thresholds are ≤ x; of NaN any number of them. No branch depends on x, so that the searches of several values overlap.
    std::uint16_t rank_of(const Number& number, double x) const {
        const double* first = thresholds.data() + number.first_threshold;
        std::size_t rank = buckets[number.first_bucket + number.bucket_of(x)];
        for (std::size_t half = std::size_t{1} << number.steps >> 1; half > 0; half /= 2) rank += first[rank + half - 1] <= x ? half : 0;
        return static_cast<std::uint16_t>(rank);
    }

    /// Calls visit(name, array) for each array, to save them or to take them from a file.
    template <class Table>
    static void each_array(Table& table, auto&& visit) {
        visit("rank_numbers", table.numbers);
        visit("rank_thresholds", table.thresholds);
        visit("rank_buckets", table.buckets);
        visit("rank_categories", table.categories);
        visit("rank_entries", table.entries);
        visit("rank_tests", table.tests);
    }

    Array<Number> numbers;
    Array<double> thresholds;      ///< x goes left if x < threshold, of every kind; ascending within a feature, then NaN as padding
    Array<std::uint16_t> buckets;  ///< how many thresholds of the feature lie in the buckets before it
    Array<Category> categories;
    Array<std::uint16_t> entries;
    Array<Test> tests;  ///< by index in Parts::nodes; of leaves always true
    std::size_t slots = 1;
};

}  // namespace quoin
