#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <string_view>

#include "models/forest/forest.h"
#include "models/forest/tree_growth.h"

namespace quoin {
namespace {

constexpr std::size_t leaves_max = 1u << 20, features_max = 65536, classes_max = 65536;
constexpr int categorical_bit = 1, default_left_bit = 2;

enum class MissingType { none = 0, zero = 1, nan = 2 };

using Block = std::map<std::string_view, std::string_view, std::less<>>;

/// The file as blocks of key=value lines: the header, then one per tree.
struct Document {
    Block header;
    bool average_output = false;
    std::vector<Block> trees;
};

Result<Document> split_blocks(std::string_view text) {
    Document document;
    Block* block = &document.header;
    bool ended = false;
    while (!text.empty() && !ended) {
        auto end = text.find('\n');
        auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.starts_with("Tree=")) {
            document.trees.emplace_back();
            block = &document.trees.back();
        } else if (line == "average_output") {
            document.average_output = true;
        } else if (line.starts_with("end of trees")) {
            ended = true;
        } else if (auto equals = line.find('='); equals != std::string_view::npos) {
            block->insert_or_assign(line.substr(0, equals), line.substr(equals + 1));
        }
    }
    if (document.header.empty()) return fail(ErrorKind::corrupt, "this is no LightGBM text model");
    if (!ended) return fail(ErrorKind::corrupt, "the LightGBM model is cut short: the line 'end of trees' is missing");
    return document;
}

std::string_view text_of(const Block& block, std::string_view key) {
    auto found = block.find(key);
    return found == block.end() ? std::string_view() : found->second;
}

template <class Number>
Result<std::vector<Number>> numbers_of(const Block& block, std::string_view key, std::size_t count) {
    auto text = text_of(block, key);
    std::vector<Number> numbers;
    numbers.reserve(std::min(count, text.size()));
    while (!text.empty()) {
        if (text.front() == ' ') {
            text.remove_prefix(1);
            continue;
        }
        Number number{};
        auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (code == std::errc::invalid_argument) return fail(ErrorKind::corrupt, "the LightGBM model's '{}' holds '{}', no number", key, text.substr(0, 20));
        if (code == std::errc::result_out_of_range) number = std::is_floating_point_v<Number> ? Number{} : number;
        numbers.push_back(number);
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    }
    if (numbers.size() != count) return fail(ErrorKind::corrupt, "the LightGBM model's '{}' has {} numbers; {} were expected", key, numbers.size(), count);
    return numbers;
}

Result<std::int64_t> whole_of(const Block& block, std::string_view key, std::int64_t otherwise) {
    if (text_of(block, key).empty()) return otherwise;
    TRY(numbers, numbers_of<std::int64_t>(block, key, 1));
    return numbers.front();
}

/// "binary sigmoid:1" → the words.
std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        auto end = std::min(text.find(' '), text.size());
        if (end > 0) words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

Status read_objective(std::string_view objective, Forest::Parts& parts) {
    static constexpr std::pair<std::string_view, ForestTransform> known[] = {
        {"regression", ForestTransform::identity},   {"regression_l1", ForestTransform::identity}, {"huber", ForestTransform::identity},
        {"fair", ForestTransform::identity},         {"quantile", ForestTransform::identity},      {"mape", ForestTransform::identity},
        {"poisson", ForestTransform::exponential},   {"gamma", ForestTransform::exponential},      {"tweedie", ForestTransform::exponential},
        {"binary", ForestTransform::sigmoid},        {"cross_entropy", ForestTransform::sigmoid},  {"multiclass", ForestTransform::softmax},
        {"multiclassova", ForestTransform::sigmoid_each}, {"lambdarank", ForestTransform::identity}, {"rank_xendcg", ForestTransform::identity},
        {"custom", ForestTransform::identity},       {"none", ForestTransform::identity}};
    auto words = words_of(objective);
    if (words.empty()) return {};
    const auto* found = std::ranges::find(known, words.front(), &std::pair<std::string_view, ForestTransform>::first);
    if (found == std::end(known)) return fail(ErrorKind::unsupported, "the LightGBM objective '{}' is not supported", words.front());
    parts.transform = found->second;
    for (auto word : words) {
        if (word == "sqrt") return fail(ErrorKind::unsupported, "LightGBM models with reg_sqrt are not supported");
        if (!word.starts_with("sigmoid:")) continue;
        word.remove_prefix(8);
        auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), parts.sigmoid_slope);
        if (code != std::errc{} || !std::isfinite(parts.sigmoid_slope)) return fail(ErrorKind::corrupt, "the LightGBM model's sigmoid slope is no number");
    }
    return {};
}

/// The arrays of one tree.
struct TreeArrays {
    std::vector<std::int64_t> feature, decision, left, right, leaf_count, internal_count, set_first;
    std::vector<double> threshold, leaf_value;
    std::vector<std::uint32_t> set_words;
    std::size_t leaves = 1;
    double scale = 1;

    static Result<TreeArrays> make(const Block& block) {
        TreeArrays arrays;
        TRY(leaves, whole_of(block, "num_leaves", 0));
        if (leaves < 1 || static_cast<std::size_t>(leaves) > leaves_max)
            return fail(ErrorKind::too_large, "a LightGBM tree has {} leaves; 1 to {} are supported", leaves, leaves_max);
        TRY(linear, whole_of(block, "is_linear", 0));
        if (linear != 0) return fail(ErrorKind::unsupported, "LightGBM trees with linear leaves are not supported");
        arrays.leaves = static_cast<std::size_t>(leaves);
        std::size_t splits = arrays.leaves - 1;
        TRY(leaf_value, numbers_of<double>(block, "leaf_value", arrays.leaves));
        arrays.leaf_value = std::move(leaf_value);
        if (splits == 0) {
            arrays.leaf_count = {1};
            return arrays;
        }
        auto read = [&]<class Number>(std::vector<Number>& target, std::string_view key, std::size_t count) -> Status {
            TRY(numbers, numbers_of<Number>(block, key, count));
            target = std::move(numbers);
            return {};
        };
        TRY_VOID(read(arrays.feature, "split_feature", splits));
        TRY_VOID(read(arrays.threshold, "threshold", splits));
        TRY_VOID(read(arrays.decision, "decision_type", splits));
        TRY_VOID(read(arrays.left, "left_child", splits));
        TRY_VOID(read(arrays.right, "right_child", splits));
        TRY_VOID(read(arrays.leaf_count, "leaf_count", arrays.leaves));
        TRY_VOID(read(arrays.internal_count, "internal_count", splits));
        TRY(categories, whole_of(block, "num_cat", 0));
        if (categories < 0 || static_cast<std::size_t>(categories) > splits) return fail(ErrorKind::corrupt, "a LightGBM tree has {} categorical splits", categories);
        if (categories > 0) {
            TRY_VOID(read(arrays.set_first, "cat_boundaries", static_cast<std::size_t>(categories) + 1));
            auto words = arrays.set_first.back();
            if (words < 0 || words > (1 << 26) || !std::ranges::is_sorted(arrays.set_first) || arrays.set_first.front() != 0)
                return fail(ErrorKind::corrupt, "a LightGBM tree has category boundaries out of order");
            TRY_VOID(read(arrays.set_words, "cat_threshold", static_cast<std::size_t>(words)));
        }
        return arrays;
    }

    /// LightGBM numbers splits 0, 1, … and leaves −1, −2, ….
    Result<SourceNode> node(std::int64_t n, Forest::Parts& parts) const {
        SourceNode source;
        source.node = {};
        if (n < 0) {
            auto leaf = static_cast<std::size_t>(~n);
            if (leaf >= leaves) return fail(ErrorKind::corrupt, "a LightGBM tree has a child leaf {} of {}", leaf, leaves);
            source.node.kind = SplitKind::leaf;
            source.node.value = leaf_value[leaf] * scale;
            source.node.cover = std::max(1e-16, static_cast<double>(leaf_count[leaf]));
            return source;
        }
        auto at = static_cast<std::size_t>(n);
        if (at >= feature.size()) return fail(ErrorKind::corrupt, "a LightGBM tree has a child split {} of {}", at, feature.size());
        source.left = left[at];
        source.right = right[at];
        source.node.cover = std::max(1e-16, static_cast<double>(internal_count[at]));
        source.node.feature = static_cast<std::uint32_t>(std::min<std::uint64_t>(static_cast<std::uint64_t>(feature[at]), 0xffffffffu));
        auto decision_type = decision[at];
        if ((decision_type & categorical_bit) != 0) {
            TRY_VOID(add_set(threshold[at], parts, source.node));
            source.node.default_left = false;  // NaN and unseen codes go right
            return source;
        }
        auto missing = static_cast<MissingType>(decision_type >> 2 & 3);
        source.node.kind = SplitKind::less_equal;
        source.node.threshold = threshold[at];
        source.node.default_left = (decision_type & default_left_bit) != 0;
        source.node.nan_is_zero = missing != MissingType::nan;
        source.node.missing_is_zero = missing == MissingType::zero;
        return source;
    }

private:
    Status add_set(double which, Forest::Parts& parts, Forest::Node& node) const {
        if (!(which >= 0) || which + 1 >= static_cast<double>(set_first.size())) return fail(ErrorKind::corrupt, "a LightGBM tree has no category set {}", which);
        auto index = static_cast<std::size_t>(which);
        auto first = static_cast<std::size_t>(set_first[index]), last = static_cast<std::size_t>(set_first[index + 1]);
        if (last > set_words.size() || first >= last) return fail(ErrorKind::corrupt, "a LightGBM tree has an empty category set");
        node.kind = SplitKind::category_set;
        node.set_first = static_cast<std::uint32_t>(parts.category_words.size());
        node.set_words = static_cast<std::uint32_t>((last - first + 1) / 2);
        parts.category_words.resize(parts.category_words.size() + node.set_words, 0);
        for (auto k = first; k < last; ++k)
            parts.category_words[node.set_first + (k - first) / 2] |= std::uint64_t{set_words[k]} << ((k - first) % 2 * 32);
        return {};
    }
};

}  // namespace

Result<Forest> load_lightgbm(std::span<const std::byte> bytes) {
    std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    TRY(document, split_blocks(text));
    Forest::Parts parts;
    TRY(features, whole_of(document.header, "max_feature_idx", -1));
    TRY(outputs, whole_of(document.header, "num_tree_per_iteration", 1));
    if (features < 0 || features >= static_cast<std::int64_t>(features_max)) return fail(ErrorKind::corrupt, "the LightGBM model's max_feature_idx is {}", features);
    if (outputs < 1 || outputs > static_cast<std::int64_t>(classes_max)) return fail(ErrorKind::corrupt, "the LightGBM model grows {} trees a round", outputs);
    TRY_VOID(read_objective(text_of(document.header, "objective"), parts));
    for (auto name : words_of(text_of(document.header, "feature_names"))) parts.feature_names.emplace_back(name);
    parts.feature_names.resize(static_cast<std::size_t>(features) + 1);
    parts.base.assign(static_cast<std::size_t>(outputs), 0.0);
    std::size_t rounds = document.trees.size() / static_cast<std::size_t>(outputs);
    for (std::size_t t = 0; t < document.trees.size(); ++t) {
        TRY(arrays, TreeArrays::make(document.trees[t]));
        if (document.average_output && rounds > 0) arrays.scale = 1.0 / static_cast<double>(rounds);
        auto root = arrays.leaves == 1 ? -1 : 0;
        TRY_VOID(grow_tree(parts, static_cast<std::uint32_t>(t % static_cast<std::size_t>(outputs)), root, 2 * arrays.leaves,
                           [&](std::int64_t n) { return arrays.node(n, parts); }));
    }
    return Forest::make(std::move(parts));
}

}  // namespace quoin
