#include "models/forest/xgboost_tree.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

#include "models/forest/forest_limits.h"
#include "models/forest/tree_growth.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::int64_t categories_max = 1 << 24;  ///< XGBoost's own limit: codes are floats
constexpr double cover_min = 1e-16;  ///< XGBoost's kRtEps for hessians; a node that pruning emptied has 0, and shares divide by it

/// A member that is an array of numbers or truth values.
Result<std::vector<double>> numbers_of(const json::object& tree, const char* name) {
    TRY(array, xgboost_array(tree, name));
    std::vector<double> numbers;
    numbers.reserve(array->size());
    for (const auto& value : *array) {
        if (value.is_bool()) {
            numbers.push_back(value.get_bool() ? 1 : 0);
            continue;
        }
        if (value.is_array() && value.get_array().empty()) {  // where the file has NaN
            numbers.push_back(std::numeric_limits<double>::quiet_NaN());
            continue;
        }
        if (!value.is_number()) return fail(ErrorKind::corrupt, "an XGBoost tree's '{}' holds something that is no number", name);
        numbers.push_back(value.to_number<double>());
    }
    return numbers;
}

/// The same of whole numbers from −1 on.
Result<std::vector<std::int64_t>> wholes_of(const json::object& tree, const char* name) {
    TRY(numbers, numbers_of(tree, name));
    std::vector<std::int64_t> wholes;
    wholes.reserve(numbers.size());
    for (double number : numbers) {
        if (!(number >= -1 && number <= 4294967296.0) || number != std::floor(number))
            return fail(ErrorKind::corrupt, "an XGBoost tree's '{}' holds {}", name, number);
        wholes.push_back(static_cast<std::int64_t>(number));
    }
    return wholes;
}

class XgboostTree {
public:
    static Result<XgboostTree> make(const json::object& source) {
        XgboostTree tree;
        for (auto [name, member] : {std::pair{"left_children", &XgboostTree::left_},
                                    {"right_children", &XgboostTree::right_},
                                    {"split_indices", &XgboostTree::feature_},
                                    {"default_left", &XgboostTree::default_left_}}) {
            TRY(wholes, wholes_of(source, name));
            tree.*member = std::move(wholes);
        }
        for (auto [name, member] : {std::pair{"split_conditions", &XgboostTree::condition_}, {"sum_hessian", &XgboostTree::cover_}}) {
            TRY(numbers, numbers_of(source, name));
            tree.*member = std::move(numbers);
        }
        auto count = tree.left_.size();
        if (tree.right_.size() != count || tree.feature_.size() != count || tree.default_left_.size() != count ||
            tree.condition_.size() != count || tree.cover_.size() != count)
            return fail(ErrorKind::corrupt, "the arrays of an XGBoost tree differ in length");
        if (source.if_contains("split_type") != nullptr) TRY_VOID(tree.read_categories(source));
        return tree;
    }

    std::size_t size() const { return left_.size(); }

    Result<SourceNode> node(std::size_t n, float weight, Forest::Parts& parts) const {
        SourceNode source{.node = {}, .left = left_[n], .right = right_[n]};
        auto& node = source.node;
        if (!std::isfinite(cover_[n])) return fail(ErrorKind::corrupt, "an XGBoost tree has the hessian {} at node {}", cover_[n], n);
        node.cover = std::max(cover_[n], cover_min);
        if (left_[n] < 0) {
            node.kind = SplitKind::leaf;
            node.value = weight * static_cast<float>(condition_[n]);  // in float, as XGBoost multiplies
            return source;
        }
        if (feature_[n] < 0) return fail(ErrorKind::corrupt, "an XGBoost tree asks feature {} at node {}", feature_[n], n);
        node.feature = static_cast<std::uint32_t>(std::min<std::int64_t>(feature_[n], UINT32_MAX));
        node.default_left = default_left_[n] != 0;
        if (is_categorical_.empty() || !is_categorical_[n]) {
            node.kind = SplitKind::less;
            node.threshold = static_cast<float>(condition_[n]);
            return source;
        }
        TRY_VOID(add_set(n, parts, node));
        std::swap(source.left, source.right);  // XGBoost sends the set to the right, everything else to the left; ours the other way
        node.default_left = !node.default_left;
        return source;
    }

private:
    Status read_categories(const json::object& source) {
        TRY(types, wholes_of(source, "split_type"));
        if (types.size() != size()) return fail(ErrorKind::corrupt, "the arrays of an XGBoost tree differ in length");
        if (std::ranges::find(types, 1) == types.end()) return {};
        for (auto type : types) {
            if (type != 0 && type != 1) return fail(ErrorKind::unsupported, "XGBoost splits of type {} are not supported", type);
            is_categorical_.push_back(type == 1);
        }
        for (auto [name, member] : {std::pair{"categories", &XgboostTree::categories_},
                                    {"categories_segments", &XgboostTree::segments_},
                                    {"categories_sizes", &XgboostTree::sizes_}}) {
            TRY(wholes, wholes_of(source, name));
            this->*member = std::move(wholes);
        }
        TRY(nodes, wholes_of(source, "categories_nodes"));
        if (segments_.size() != nodes.size() || sizes_.size() != nodes.size())
            return fail(ErrorKind::corrupt, "the category arrays of an XGBoost tree differ in length");
        std::size_t listed = 0;  // each category belongs to one node
        for (auto count : sizes_)
            if (count < 0 || (listed += static_cast<std::size_t>(count)) > categories_.size())
                return fail(ErrorKind::corrupt, "an XGBoost tree lists more categories than it has");
        set_of_.assign(size(), -1);
        for (std::size_t k = 0; k < nodes.size(); ++k) {
            if (nodes[k] < 0 || static_cast<std::size_t>(nodes[k]) >= size())
                return fail(ErrorKind::corrupt, "an XGBoost tree has categories for node {} of {}", nodes[k], size());
            set_of_[static_cast<std::size_t>(nodes[k])] = static_cast<std::int64_t>(k);
        }
        return {};
    }

    Status add_set(std::size_t n, Forest::Parts& parts, Forest::Node& node) const {
        if (set_of_[n] < 0) return fail(ErrorKind::corrupt, "an XGBoost tree has a categorical split at node {} without categories", n);
        auto which = static_cast<std::size_t>(set_of_[n]);
        auto first = segments_[which], count = sizes_[which], all = static_cast<std::int64_t>(categories_.size());
        if (first < 0 || count < 0 || first > all || count > all - first)
            return fail(ErrorKind::corrupt, "an XGBoost tree has its categories out of bounds at node {}", n);
        std::span codes(categories_.data() + first, static_cast<std::size_t>(count));
        std::int64_t largest = count == 0 ? -1 : *std::ranges::max_element(codes);
        if (count > 0 && (*std::ranges::min_element(codes) < 0 || largest >= categories_max))
            return fail(ErrorKind::corrupt, "an XGBoost tree has a category below 0 or above 2^24 at node {}", n);
        auto words = static_cast<std::size_t>(largest + 64) / 64;
        if (parts.category_words.size() + words > forest_category_words_max)
            return fail(ErrorKind::too_large, "the category sets of an XGBoost model take more than {} words", forest_category_words_max);
        node.kind = SplitKind::category_set;
        node.set_first = static_cast<std::uint32_t>(parts.category_words.size());
        node.set_words = static_cast<std::uint32_t>(words);
        parts.category_words.resize(parts.category_words.size() + words, 0);
        for (auto code : codes)
            parts.category_words[node.set_first + static_cast<std::size_t>(code) / 64] |= std::uint64_t{1} << (code % 64);
        return {};
    }

    std::vector<std::int64_t> left_, right_, feature_, default_left_;
    std::vector<double> condition_, cover_;
    std::vector<bool> is_categorical_;  ///< empty: no split is
    std::vector<std::int64_t> categories_, segments_, sizes_;
    std::vector<std::int64_t> set_of_;  ///< by node: which of the segments; −1: none
};

}  // namespace

Result<double> xgboost_number(const json::value& value, const char* name) {
    if (value.is_number()) return value.to_number<double>();
    if (!value.is_string()) return fail(ErrorKind::corrupt, "the XGBoost model's '{}' is no number", name);
    std::string_view text(value.get_string());
    double number = 0;
    auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc{} || end != text.data() + text.size())
        return fail(ErrorKind::corrupt, "the XGBoost model's '{}' is '{}', no number", name, text.substr(0, 40));
    return number;
}

Result<const json::object*> xgboost_object(const json::object& parent, const char* name) {
    const auto* value = parent.if_contains(name);
    if (value == nullptr || !value->is_object()) return fail(ErrorKind::corrupt, "the XGBoost model has no '{}'", name);
    return &value->get_object();
}

Result<const json::array*> xgboost_array(const json::object& parent, const char* name) {
    const auto* value = parent.if_contains(name);
    if (value == nullptr || !value->is_array()) return fail(ErrorKind::corrupt, "the XGBoost model has no list '{}'", name);
    return &value->get_array();
}

Status add_xgboost_tree(Forest::Parts& parts, const json::object& source, XgboostTreeUse use) {
    if (const auto* parameters = source.if_contains("tree_param"); parameters != nullptr && parameters->is_object()) {
        if (const auto* size = parameters->get_object().if_contains("size_leaf_vector")) {
            TRY(leaf_size, xgboost_number(*size, "size_leaf_vector"));
            if (leaf_size > 1)
                return fail(ErrorKind::unsupported, "XGBoost trees with a vector in each leaf (multi_output_tree) are not supported");
        }
    }
    TRY(tree, XgboostTree::make(source));
    return grow_tree(
        parts, {.output = use.output, .nodes = tree.size(), .node_of = [&](std::size_t n) { return tree.node(n, use.weight, parts); }});
}

}  // namespace quoin
