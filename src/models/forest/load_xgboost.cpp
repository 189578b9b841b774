#include <boost/json.hpp>
#include <charconv>
#include <algorithm>
#include <cmath>
#include <map>

#include "base/json.h"
#include "models/forest/forest.h"
#include "models/forest/tree_growth.h"
#include "models/forest/ubjson.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t json_bytes_max = std::size_t{2} << 30;
constexpr std::size_t tree_nodes_max = 1u << 24;

/// XGBoost writes numbers of its parameters as text, since 3.0 possibly as "[5E-1]".
Result<double> number_text(const json::value& value, const char* name) {
    if (value.is_number()) return value.to_number<double>();
    if (!value.is_string()) return fail(ErrorKind::corrupt, "the XGBoost model's '{}' is no number", name);
    std::string_view text(value.get_string());
    if (text.starts_with('[')) text.remove_prefix(1);
    if (auto end = text.find_first_of(",]"); end != std::string_view::npos) {
        if (text[end] == ',') return fail(ErrorKind::unsupported, "the XGBoost model has one {} per output, which is not supported", name);
        text = text.substr(0, end);
    }
    double number = 0;
    auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc{} || end != text.data() + text.size()) return fail(ErrorKind::corrupt, "the XGBoost model's '{}' is '{}', no number", name, text.substr(0, 40));
    return number;
}

enum class Link { identity, logit, log };

struct ObjectiveFacts {
    const char* name;
    ForestTransform transform;
    Link link;
};

constexpr ObjectiveFacts objectives[] = {
    {"reg:squarederror", ForestTransform::identity, Link::identity},  {"reg:linear", ForestTransform::identity, Link::identity},
    {"reg:absoluteerror", ForestTransform::identity, Link::identity}, {"reg:pseudohubererror", ForestTransform::identity, Link::identity},
    {"reg:squaredlogerror", ForestTransform::identity, Link::identity}, {"reg:quantileerror", ForestTransform::identity, Link::identity},
    {"reg:logistic", ForestTransform::sigmoid, Link::logit},          {"binary:logistic", ForestTransform::sigmoid, Link::logit},
    {"binary:logitraw", ForestTransform::identity, Link::logit},      {"count:poisson", ForestTransform::exponential, Link::log},
    {"reg:gamma", ForestTransform::exponential, Link::log},           {"reg:tweedie", ForestTransform::exponential, Link::log},
    {"survival:cox", ForestTransform::exponential, Link::log},        {"multi:softprob", ForestTransform::softmax, Link::identity},
    {"multi:softmax", ForestTransform::softmax, Link::identity},      {"rank:pairwise", ForestTransform::identity, Link::identity},
    {"rank:ndcg", ForestTransform::identity, Link::identity},         {"rank:map", ForestTransform::identity, Link::identity}};

/// The margin of a base score, in float as XGBoost computes it.
double base_margin(double score, Link link) {
    auto base = static_cast<float>(score);
    if (link == Link::logit) return -std::log(1.0f / base - 1.0f);
    return link == Link::log ? std::log(base) : base;
}

/// The arrays of one tree.
class TreeArrays {
public:
    static Result<TreeArrays> make(const json::object& tree) {
        TreeArrays arrays;
        for (auto [name, member] : {std::pair{"left_children", &TreeArrays::left_}, {"right_children", &TreeArrays::right_},
                                    {"split_indices", &TreeArrays::feature_}, {"split_conditions", &TreeArrays::condition_},
                                    {"default_left", &TreeArrays::default_left_}, {"sum_hessian", &TreeArrays::cover_}}) {
            const auto* value = tree.if_contains(name);
            if (value == nullptr || !value->is_array()) return fail(ErrorKind::corrupt, "an XGBoost tree has no '{}'", name);
            arrays.*member = &value->get_array();
        }
        auto optional = [&](const char* name) -> const json::array* {
            const auto* value = tree.if_contains(name);
            return value != nullptr && value->is_array() ? &value->get_array() : nullptr;
        };
        arrays.split_type_ = optional("split_type");
        arrays.categories_ = optional("categories");
        arrays.segments_ = optional("categories_segments");
        arrays.sizes_ = optional("categories_sizes");
        if (const auto* nodes = optional("categories_nodes"))
            for (std::size_t k = 0; k < nodes->size(); ++k) arrays.set_of_[(*nodes)[k].to_number<std::int64_t>()] = k;
        std::size_t count = arrays.left_->size();
        for (const auto* other : {arrays.right_, arrays.feature_, arrays.condition_, arrays.default_left_, arrays.cover_})
            if (other->size() != count) return fail(ErrorKind::corrupt, "the arrays of an XGBoost tree differ in length");
        if (count == 0 || count > tree_nodes_max) return fail(ErrorKind::too_large, "an XGBoost tree has {} nodes; 1 to {} are supported", count, tree_nodes_max);
        return arrays;
    }

    std::size_t size() const { return left_->size(); }

    Result<SourceNode> node(std::int64_t n, Forest::Parts& parts, double leaf_weight) const {
        if (n < 0 || static_cast<std::size_t>(n) >= size()) return fail(ErrorKind::corrupt, "an XGBoost tree has a child {} of {} nodes", n, size());
        auto at = static_cast<std::size_t>(n);
        SourceNode source;
        source.node = {};
        source.left = integer(*left_, at);
        source.right = integer(*right_, at);
        source.node.cover = std::max(number(*cover_, at), 1e-16);  // a node that pruning emptied has hessian 0; SHAP divides by it
        if (source.left == -1) {
            source.node.kind = SplitKind::leaf;
            source.node.value = static_cast<float>(leaf_weight) * static_cast<float>(number(*condition_, at));
            return source;
        }
        source.node.feature = static_cast<std::uint32_t>(integer(*feature_, at));
        source.node.default_left = (*default_left_)[at].is_bool() ? (*default_left_)[at].get_bool() : integer(*default_left_, at) != 0;
        if (split_type_ != nullptr && at < split_type_->size() && integer(*split_type_, at) == 1) {
            TRY_VOID(add_set(n, parts, source.node));
            std::swap(source.left, source.right);  // XGBoost sends the set to the right, ours goes left
            source.node.default_left = !source.node.default_left;
            return source;
        }
        source.node.kind = SplitKind::less;
        source.node.threshold = static_cast<float>(number(*condition_, at));
        return source;
    }

private:
    static double number(const json::array& array, std::size_t at) { return array[at].to_number<double>(); }
    static std::int64_t integer(const json::array& array, std::size_t at) {
        return array[at].is_double() ? static_cast<std::int64_t>(array[at].get_double()) : array[at].to_number<std::int64_t>();
    }

    Status add_set(std::int64_t n, Forest::Parts& parts, Forest::Node& node) const {
        auto found = set_of_.find(n);
        if (categories_ == nullptr || segments_ == nullptr || sizes_ == nullptr || found == set_of_.end() || found->second >= segments_->size() ||
            found->second >= sizes_->size())
            return fail(ErrorKind::corrupt, "an XGBoost tree has a categorical split at node {} without its categories", n);
        auto first = integer(*segments_, found->second), count = integer(*sizes_, found->second);
        if (first < 0 || count < 0 || static_cast<std::uint64_t>(first) > categories_->size() || static_cast<std::uint64_t>(count) > categories_->size() - static_cast<std::uint64_t>(first))
            return fail(ErrorKind::corrupt, "an XGBoost tree has categories out of bounds at node {}", n);
        std::int64_t largest = 0;
        for (auto k = first; k < first + count; ++k) largest = std::max(largest, integer(*categories_, static_cast<std::size_t>(k)));
        if (largest >= (1 << 24)) return fail(ErrorKind::corrupt, "an XGBoost tree has the category {}; at most 2^24 are possible", largest);
        node.kind = SplitKind::category_set;
        node.set_first = static_cast<std::uint32_t>(parts.category_words.size());
        node.set_words = static_cast<std::uint32_t>(largest / 64 + 1);
        parts.category_words.resize(parts.category_words.size() + node.set_words, 0);
        for (auto k = first; k < first + count; ++k) {
            auto category = integer(*categories_, static_cast<std::size_t>(k));
            if (category < 0) return fail(ErrorKind::corrupt, "an XGBoost tree has a negative category at node {}", n);
            parts.category_words[node.set_first + static_cast<std::size_t>(category / 64)] |= std::uint64_t{1} << (category % 64);
        }
        return {};
    }

    const json::array *left_ = nullptr, *right_ = nullptr, *feature_ = nullptr, *condition_ = nullptr, *default_left_ = nullptr, *cover_ = nullptr;
    const json::array *split_type_ = nullptr, *categories_ = nullptr, *segments_ = nullptr, *sizes_ = nullptr;
    std::map<std::int64_t, std::size_t> set_of_;
};

/// The trees and, for DART, their weights.
struct Booster {
    const json::object* model;
    const json::array* weights = nullptr;
};

Result<Booster> booster_of(const json::object& learner) {
    const auto& booster = learner.at("gradient_booster").as_object();
    auto name = std::string_view(booster.at("name").as_string());
    if (name == "gbtree") return Booster{&booster.at("model").as_object()};
    if (name == "dart") {
        const auto& inner = booster.at("gbtree").as_object();
        return Booster{&inner.at("model").as_object(), &booster.at("weight_drop").as_array()};
    }
    return fail(ErrorKind::unsupported, "the XGBoost booster '{}' is not supported; gbtree and dart are", name);
}

Status read_facts(const json::object& learner, Forest::Parts& parts) {
    const auto& parameters = learner.at("learner_model_param").as_object();
    auto objective = std::string_view(learner.at("objective").as_object().at("name").as_string());
    const auto* facts = std::ranges::find_if(objectives, [&](const auto& known) { return known.name == objective; });
    if (facts == std::end(objectives)) return fail(ErrorKind::unsupported, "the XGBoost objective '{}' is not supported", objective.substr(0, 60));
    TRY(base, number_text(parameters.at("base_score"), "base_score"));
    TRY(classes, number_text(parameters.at("num_class"), "num_class"));
    TRY(features, number_text(parameters.at("num_feature"), "num_feature"));
    double targets = 1;
    if (const auto* value = parameters.if_contains("num_target")) {
        TRY(given, number_text(*value, "num_target"));
        targets = given;
    }
    if (!(features >= 0 && features <= 65536) || !(classes >= 0 && classes <= 65536) || !(targets >= 0 && targets <= 65536))
        return fail(ErrorKind::corrupt, "the XGBoost model has {} features, {} classes and {} targets", features, classes, targets);
    parts.transform = facts->transform;
    parts.base.assign(static_cast<std::size_t>(std::max({1.0, classes, targets})), base_margin(base, facts->link));
    parts.float_sum = true;
    if (const auto* names = learner.if_contains("feature_names"); names != nullptr && names->is_array())
        for (const auto& name : names->get_array()) parts.feature_names.emplace_back(name.as_string());
    if (parts.feature_names.size() != static_cast<std::size_t>(features)) {
        parts.feature_names.clear();
        for (std::size_t j = 0; j < static_cast<std::size_t>(features); ++j) parts.feature_names.push_back(fmt::format("f{}", j));
    }
    return {};
}

Result<Forest> forest_from(const json::value& document) {
    const auto& learner = document.as_object().at("learner").as_object();
    Forest::Parts parts;
    TRY_VOID(read_facts(learner, parts));
    TRY(booster, booster_of(learner));
    const auto& trees = booster.model->at("trees").as_array();
    const auto& outputs = booster.model->at("tree_info").as_array();
    if (outputs.size() != trees.size()) return fail(ErrorKind::corrupt, "the XGBoost model has {} trees and {} tree infos", trees.size(), outputs.size());
    for (std::size_t t = 0; t < trees.size(); ++t) {
        const auto& tree = trees[t].as_object();
        if (const auto* shape = tree.at("tree_param").as_object().if_contains("size_leaf_vector")) {
            TRY(leaf_size, number_text(*shape, "size_leaf_vector"));
            if (leaf_size > 1) return fail(ErrorKind::unsupported, "XGBoost trees with a vector in each leaf are not supported");
        }
        TRY(arrays, TreeArrays::make(tree));
        double weight = booster.weights == nullptr ? 1 : booster.weights->at(t).to_number<double>();
        auto output = outputs[t].to_number<std::int64_t>();
        if (output < 0 || static_cast<std::size_t>(output) >= parts.base.size()) return fail(ErrorKind::corrupt, "tree {} adds to output {} of {}", t, output, parts.base.size());
        TRY_VOID(grow_tree(parts, static_cast<std::uint32_t>(output), 0, arrays.size(), [&](std::int64_t n) { return arrays.node(n, parts, weight); }));
    }
    return Forest::make(std::move(parts));
}

bool is_json(std::span<const std::byte> bytes) {
    // UBJSON also starts with '{', but its next byte is a length marker; JSON has white space or a quote there.
    if (bytes.size() < 2) return true;
    char second = static_cast<char>(bytes[1]);
    return second == '"' || second == ' ' || second == '\n' || second == '\r' || second == '\t' || second == '}';
}

}  // namespace

Result<Forest> load_xgboost(std::span<const std::byte> bytes) try {
    if (bytes.empty()) return fail(ErrorKind::corrupt, "the XGBoost model file is empty");
    if (is_json(bytes)) {
        std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        auto document = parse_json(text, {.bytes_max = json_bytes_max, .depth_max = 64});
        if (!document) return fail(ErrorKind::corrupt, "the XGBoost model is not readable: {}", document.error().message);
        return forest_from(*document);
    }
    TRY(document, parse_ubjson(bytes));
    return forest_from(document);
} catch (const std::exception& thrown) {
    return fail(ErrorKind::corrupt, "the XGBoost model is not readable: {}", thrown.what());
}

}  // namespace quoin
