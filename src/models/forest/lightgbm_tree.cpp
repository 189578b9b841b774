#include "models/forest/lightgbm_tree.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "models/forest/forest_limits.h"
#include "models/forest/tree_growth.h"

namespace quoin {
namespace {

constexpr std::int64_t leaves_max = 1 << 27;
constexpr std::int64_t categorical_bit = 1, default_left_bit = 2, decision_type_max = 15;
constexpr double cover_min = 1e-16;  ///< a leaf without rows, which LightGBM does not grow, would have cover 0, and shares divide by it

enum class MissingType { none = 0, zero = 1, nan = 2 };

/// Exactly `count` numbers, separated by spaces.
template <class Number>
Result<std::vector<Number>> numbers_of(const LightgbmBlock& block, std::string_view key, std::size_t count) {
    auto text = lightgbm_text(block, key);
    std::vector<Number> numbers;
    numbers.reserve(std::min(count, text.size()));
    while (!text.empty()) {
        if (text.front() == ' ') {
            text.remove_prefix(1);
            continue;
        }
        Number number{};
        auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
        auto used = static_cast<std::size_t>(end - text.data());
        if (code != std::errc{} || (used < text.size() && text[used] != ' '))
            return fail(ErrorKind::corrupt, "the LightGBM model's '{}' holds '{}', no number", key,
                        text.substr(0, std::min<std::size_t>(text.find(' '), 40)));
        numbers.push_back(number);
        text.remove_prefix(used);
    }
    if (numbers.size() != count)
        return fail(ErrorKind::corrupt, "the LightGBM model's '{}' has {} numbers; {} were expected", key, numbers.size(), count);
    return numbers;
}

class LightgbmTree {
public:
    static Result<LightgbmTree> make(const LightgbmBlock& block) {
        LightgbmTree tree;
        TRY(leaves, lightgbm_whole(block, "num_leaves", 0));
        if (leaves < 1) return fail(ErrorKind::corrupt, "a LightGBM tree has {} leaves", leaves);
        if (leaves > leaves_max) return fail(ErrorKind::too_large, "a LightGBM tree has {} leaves; the limit is {}", leaves, leaves_max);
        TRY(linear, lightgbm_whole(block, "is_linear", 0));
        if (linear != 0) return fail(ErrorKind::unsupported, "LightGBM trees with linear leaves (linear_tree) are not supported");
        tree.splits_ = static_cast<std::size_t>(leaves) - 1;
        TRY_VOID(tree.read(tree.leaf_value_, block, {"leaf_value", tree.splits_ + 1}));
        if (tree.splits_ == 0) {
            tree.leaf_count_ = {1};  // the only leaf's count is not always written
            return tree;
        }
        TRY_VOID(tree.read(tree.feature_, block, {"split_feature", tree.splits_}));
        TRY_VOID(tree.read(tree.threshold_, block, {"threshold", tree.splits_}));
        TRY_VOID(tree.read(tree.decision_, block, {"decision_type", tree.splits_}));
        TRY_VOID(tree.read(tree.left_, block, {"left_child", tree.splits_}));
        TRY_VOID(tree.read(tree.right_, block, {"right_child", tree.splits_}));
        TRY_VOID(tree.read(tree.leaf_count_, block, {"leaf_count", tree.splits_ + 1}));
        TRY_VOID(tree.read(tree.internal_count_, block, {"internal_count", tree.splits_}));
        TRY_VOID(tree.read_sets(block));
        return tree;
    }

    /// Splits first, then leaves.
    std::size_t size() const { return 2 * splits_ + 1; }

    Result<SourceNode> node(std::size_t n, double scale, Forest::Parts& parts) const {
        SourceNode source;
        auto& node = source.node;
        if (n >= splits_) {
            node.kind = SplitKind::leaf;
            node.value = leaf_value_[n - splits_] * scale;
            node.cover = std::max(cover_min, leaf_count_[n - splits_]);
            return source;
        }
        source.left = number_of(left_[n]);
        source.right = number_of(right_[n]);
        node.cover = std::max(cover_min, internal_count_[n]);
        if (feature_[n] < 0) return fail(ErrorKind::corrupt, "a LightGBM tree asks feature {}", feature_[n]);
        node.feature = static_cast<std::uint32_t>(std::min<std::int64_t>(feature_[n], UINT32_MAX));
        auto decision = decision_[n];
        if (decision < 0 || decision > decision_type_max)
            return fail(ErrorKind::unsupported, "LightGBM's decision type {} is not supported", decision);
        if ((decision & categorical_bit) != 0) {
            TRY_VOID(add_set(threshold_[n], parts, node));  // missing and unknown categories go right
            return source;
        }
        auto missing = static_cast<MissingType>(decision >> 2 & 3);
        if (missing > MissingType::nan) return fail(ErrorKind::unsupported, "LightGBM's decision type {} is not supported", decision);
        node.kind = SplitKind::less_equal;
        node.threshold = threshold_[n];
        node.default_left = (decision & default_left_bit) != 0;
        node.nan_is_zero = missing != MissingType::nan;
        node.missing_is_zero = missing == MissingType::zero;
        return source;
    }

private:
    struct Line {
        std::string_view key;
        std::size_t count;
    };

    template <class Number>
    static Status read(std::vector<Number>& target, const LightgbmBlock& block, Line line) {
        TRY(numbers, numbers_of<Number>(block, line.key, line.count));
        target = std::move(numbers);
        return {};
    }

    Status read_sets(const LightgbmBlock& block) {
        TRY(sets, lightgbm_whole(block, "num_cat", 0));
        if (sets < 0 || static_cast<std::uint64_t>(sets) > splits_)
            return fail(ErrorKind::corrupt, "a LightGBM tree has {} categorical splits", sets);
        if (sets == 0) return {};
        TRY_VOID(read(set_first_, block, {"cat_boundaries", static_cast<std::size_t>(sets) + 1}));
        if (set_first_.front() != 0 || !std::ranges::is_sorted(set_first_))
            return fail(ErrorKind::corrupt, "a LightGBM tree has category boundaries out of order");
        return read(set_words_, block, {"cat_threshold", static_cast<std::size_t>(set_first_.back())});
    }

    /// LightGBM numbers splits 0, 1, … and leaves −1, −2, …; out of range becomes −1, which no node is.
    std::int64_t number_of(std::int64_t child) const {
        auto splits = static_cast<std::int64_t>(splits_);
        if (child >= 0) return child < splits ? child : -1;
        return child >= -splits - 1 ? splits + ~child : -1;
    }

    Status add_set(double which, Forest::Parts& parts, Forest::Node& node) const {
        if (!(which >= 0 && which + 1 < static_cast<double>(set_first_.size())))
            return fail(ErrorKind::corrupt, "a LightGBM tree has no category set {}", which);
        auto index = static_cast<std::size_t>(which);
        auto first = static_cast<std::size_t>(set_first_[index]), last = static_cast<std::size_t>(set_first_[index + 1]);
        auto words = (last - first + 1) / 2;
        if (parts.category_words.size() + words > forest_category_words_max)
            return fail(ErrorKind::too_large, "the category sets of a LightGBM model take more than {} words", forest_category_words_max);
        node.kind = SplitKind::category_set;
        node.set_first = static_cast<std::uint32_t>(parts.category_words.size());
        node.set_words = static_cast<std::uint32_t>(words);
        parts.category_words.resize(parts.category_words.size() + node.set_words, 0);
        for (auto k = first; k < last; ++k)
            parts.category_words[node.set_first + (k - first) / 2] |= std::uint64_t{set_words_[k]} << ((k - first) % 2 * 32);
        return {};
    }

    std::size_t splits_ = 0;
    std::vector<std::int64_t> feature_, decision_, left_, right_, set_first_;
    std::vector<double> threshold_, leaf_value_, leaf_count_, internal_count_;
    std::vector<std::uint32_t> set_words_;
};

}  // namespace

std::string_view lightgbm_text(const LightgbmBlock& block, std::string_view key) {
    auto found = block.find(key);
    return found == block.end() ? std::string_view() : found->second;
}

Result<std::int64_t> lightgbm_whole(const LightgbmBlock& block, std::string_view key, std::int64_t otherwise) {
    if (lightgbm_text(block, key).empty()) return otherwise;
    TRY(numbers, numbers_of<std::int64_t>(block, key, 1));
    return numbers.front();
}

Status add_lightgbm_tree(Forest::Parts& parts, const LightgbmBlock& block, LightgbmTreeUse use) {
    TRY(tree, LightgbmTree::make(block));
    return grow_tree(
        parts, {.output = use.output, .nodes = tree.size(), .node_of = [&](std::size_t n) { return tree.node(n, use.scale, parts); }});
}

}  // namespace quoin
