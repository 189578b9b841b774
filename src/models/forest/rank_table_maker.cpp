// Thresholds and category sets of a forest become the tables of RankTable.

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "models/forest/rank_table.h"
#include "models/forest/walk.h"

namespace quoin {
namespace {

using Node = Forest::Node;

constexpr std::size_t thresholds_max = 65534, slots_max = 65535, entries_max = std::size_t{1} << 24;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// The least double that rounds to the float `bound` or to one above it: float(x) < bound exactly if x is below it.
double least_rounding_up_to(float bound) {
    if (bound == -infinity) return -infinity;
    if (bound == infinity) return 0x1.ffffffp127;  // halfway from the largest float to 2^128; the tie rounds up
    float below = std::nextafter(bound, -std::numeric_limits<float>::infinity());
    if (std::isinf(below)) return std::nextafter(-0x1.ffffffp127, infinity);
    double middle = (static_cast<double>(below) + static_cast<double>(bound)) / 2;
    return static_cast<float>(middle) < bound ? std::nextafter(middle, infinity) : middle;
}

/// The split's threshold as a double t with `left exactly if x < t` for every x that is not missing; nothing if left for every x.
std::optional<double> strict_threshold(const Node& node) {
    if (node.kind == SplitKind::less_equal)
        return node.threshold == infinity ? std::nullopt : std::optional(std::nextafter(node.threshold, infinity));
    auto bound = static_cast<float>(node.threshold);
    if (static_cast<double>(bound) < node.threshold) bound = std::nextafter(bound, std::numeric_limits<float>::infinity());
    return least_rounding_up_to(bound);
}

constexpr std::size_t buckets_per_threshold = 4;

}  // namespace

class RankTableMaker {
public:
    explicit RankTableMaker(const Forest::Parts& parts) : parts_(parts), of_feature_(parts.feature_names.size()) {}

    std::optional<RankTable> make() {
        for (std::uint32_t n = 0; n < parts_.nodes.size(); ++n)
            if (parts_.nodes[n].kind != SplitKind::leaf) of_feature_[parts_.nodes[n].feature].push_back(n);
        tests_.assign(parts_.nodes.size(), {0, 1});
        for (std::uint32_t feature = 0; feature < of_feature_.size(); ++feature) {
            std::vector<std::uint32_t> numbers, sets;
            for (auto n : of_feature_[feature]) (parts_.nodes[n].kind == SplitKind::category_set ? sets : numbers).push_back(n);
            if (!numbers.empty() && !add_number(feature, numbers)) return std::nullopt;
            if (!sets.empty() && !add_category(feature, sets)) return std::nullopt;
        }
        RankTable made;
        made.numbers = std::move(numbers_);
        made.thresholds = std::move(thresholds_);
        made.buckets = std::move(buckets_);
        made.categories = std::move(categories_);
        made.entries = std::move(entries_);
        made.tests = std::move(tests_);
        made.slots = slots_;
        return made;
    }

private:
    bool add_number(std::uint32_t feature, const std::vector<std::uint32_t>& nodes) {
        std::vector<double> thresholds;
        for (auto n : nodes)
            if (auto threshold = strict_threshold(parts_.nodes[n])) thresholds.push_back(*threshold);
        std::ranges::sort(thresholds);
        thresholds.erase(std::unique(thresholds.begin(), thresholds.end()), thresholds.end());
        if (thresholds.size() > thresholds_max) return false;
        auto number = add_thresholds(feature, thresholds);
        for (auto n : nodes) {
            const auto& node = parts_.nodes[n];
            bool missing_left = goes_left(parts_, node, std::numeric_limits<double>::quiet_NaN());
            auto& slot = number.slots[static_cast<std::size_t>(missing_left) + (node.missing_is_zero ? 2 : 0)];
            if (slot == 0) slot = static_cast<std::uint16_t>(slots_++);
            if (slots_ > slots_max) return false;
            auto threshold = strict_threshold(node);
            auto index = threshold ? std::ranges::lower_bound(thresholds, *threshold) - thresholds.begin()
                                   : static_cast<std::ptrdiff_t>(thresholds.size());
            tests_[n] = {slot, static_cast<std::uint16_t>(index + 1)};
        }
        numbers_.push_back(number);
        return true;
    }

    RankTable::Number add_thresholds(std::uint32_t feature, const std::vector<double>& thresholds) {
        RankTable::Number number{.feature = feature,
                                 .first_threshold = static_cast<std::uint32_t>(thresholds_.size()),
                                 .thresholds = static_cast<std::uint32_t>(thresholds.size()),
                                 .first_bucket = static_cast<std::uint32_t>(buckets_.size())};
        std::size_t buckets = std::max<std::size_t>(1, thresholds.size() * buckets_per_threshold);
        auto first = std::ranges::upper_bound(thresholds, -infinity), last = std::ranges::lower_bound(thresholds, infinity);
        double width = last - first > 1 ? *(last - 1) - *first : infinity, scale = static_cast<double>(buckets) / width;
        number.low = first < last ? *first : 0;
        number.scale = std::isfinite(scale) ? scale : 0;  // all in bucket 0
        number.last_bucket = static_cast<double>(buckets - 1);
        std::vector<std::uint32_t> counts(buckets);
        for (double threshold : thresholds) ++counts[number.bucket_of(threshold)];
        std::uint32_t before = 0;
        for (auto count : counts) {
            buckets_.push_back(static_cast<std::uint16_t>(before));
            before += count;
        }
        number.steps = static_cast<std::uint32_t>(std::bit_width(*std::ranges::max_element(counts)));
        thresholds_.insert(thresholds_.end(), thresholds.begin(), thresholds.end());
        thresholds_.insert(thresholds_.end(), std::size_t{1} << number.steps, std::numeric_limits<double>::quiet_NaN());
        return number;
    }

    /// The set without trailing zeros and the default side: what two nodes must share to share a slot.
    std::pair<std::vector<std::uint64_t>, bool> set_of(const Node& node) const {
        auto first = parts_.category_words.begin() + node.set_first;
        std::vector<std::uint64_t> words(first, first + node.set_words);
        while (!words.empty() && words.back() == 0) words.pop_back();
        return {std::move(words), node.default_left};
    }

    bool add_category(std::uint32_t feature, const std::vector<std::uint32_t>& nodes) {
        std::map<std::pair<std::vector<std::uint64_t>, bool>, std::uint32_t> slot_of;
        std::vector<std::uint32_t> examples;  // one node per slot
        std::size_t codes = 0;
        RankTable::Category category{feature, static_cast<std::uint32_t>(slots_), 0, 0, entries_.size()};
        for (auto n : nodes) {
            auto set = set_of(parts_.nodes[n]);
            codes = std::max(codes, set.first.size() * 64);
            auto [found, added] = slot_of.emplace(std::move(set), static_cast<std::uint32_t>(slots_ + examples.size()));
            if (added) examples.push_back(n);
            if (found->second >= slots_max || (codes + 2) * examples.size() > entries_max - std::min(entries_max, entries_.size()))
                return false;
            tests_[n] = {static_cast<std::uint16_t>(found->second), 1};
        }
        category.slots = static_cast<std::uint32_t>(examples.size());
        category.codes = static_cast<std::uint32_t>(codes);
        slots_ += examples.size();
        for (std::size_t line = 0; line < codes + 2; ++line) {
            double x = line < codes ? static_cast<double>(line) : line == codes ? -1 : std::numeric_limits<double>::quiet_NaN();
            for (auto n : examples) entries_.push_back(goes_left(parts_, parts_.nodes[n], x) ? std::uint16_t{0} : RankTable::always_right);
        }
        categories_.push_back(category);
        return true;
    }

    const Forest::Parts& parts_;
    std::vector<std::vector<std::uint32_t>> of_feature_;
    std::vector<RankTable::Number> numbers_;
    std::vector<double> thresholds_;
    std::vector<std::uint16_t> buckets_;
    std::vector<RankTable::Category> categories_;
    std::vector<std::uint16_t> entries_;
    std::vector<RankTable::Test> tests_;
    std::size_t slots_ = 1;
};

std::optional<RankTable> RankTable::make(const Forest::Parts& parts) { return RankTableMaker(parts).make(); }

}  // namespace quoin
