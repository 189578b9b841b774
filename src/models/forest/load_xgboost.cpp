#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"
#include "models/forest/forest.h"
#include "models/forest/forest_limits.h"
#include "models/forest/ubjson.h"
#include "models/forest/xgboost_tree.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr JsonLimits json_limits{.bytes_max = std::size_t{2} << 30, .depth_max = 64};
constexpr double count_max = forest_features_max;  ///< of features, classes, targets

enum class Link { identity, logit, log };

struct ObjectiveFacts {
    const char* name;
    ForestTransform transform;
    Link link;  ///< from base_score, which is a prediction, to the margin
};

constexpr ObjectiveFacts objectives[] = {
    {"reg:squarederror", ForestTransform::identity, Link::identity},
    {"reg:linear", ForestTransform::identity, Link::identity},
    {"reg:squaredlogerror", ForestTransform::identity, Link::identity},
    {"reg:pseudohubererror", ForestTransform::identity, Link::identity},
    {"reg:absoluteerror", ForestTransform::identity, Link::identity},
    {"reg:quantileerror", ForestTransform::identity, Link::identity},
    {"reg:logistic", ForestTransform::sigmoid, Link::logit},
    {"reg:gamma", ForestTransform::exponential, Link::log},
    {"reg:tweedie", ForestTransform::exponential, Link::log},
    {"count:poisson", ForestTransform::exponential, Link::log},
    {"survival:cox", ForestTransform::exponential, Link::log},
    {"binary:logistic", ForestTransform::sigmoid, Link::logit},
    {"binary:logitraw", ForestTransform::identity, Link::logit},
    {"multi:softprob", ForestTransform::softmax, Link::identity},
    {"multi:softmax", ForestTransform::softmax, Link::identity},
    {"rank:pairwise", ForestTransform::identity, Link::identity},
    {"rank:ndcg", ForestTransform::identity, Link::identity},
    {"rank:map", ForestTransform::identity, Link::identity},
};

/// In float, as XGBoost computes it.
double base_margin(double score, Link link) {
    auto base = static_cast<float>(score);
    if (link == Link::logit) return -std::log(1.0f / base - 1.0f);
    return link == Link::log ? std::log(base) : base;
}

Result<ObjectiveFacts> objective_of(const json::object& learner) {
    TRY(objective, xgboost_object(learner, "objective"));
    const auto* name = objective->if_contains("name");
    if (name == nullptr || !name->is_string()) return fail(ErrorKind::corrupt, "the XGBoost model's objective has no name");
    std::string_view text(name->get_string());
    const auto* facts = std::ranges::find(objectives, text, [](const auto& known) { return std::string_view(known.name); });
    if (facts == std::end(objectives))
        return fail(ErrorKind::unsupported, "the XGBoost objective '{}' is not supported", text.substr(0, 60));
    return *facts;
}

/// Versions before 3.1 write one number ("5E-1"), later ones a list ("[5E-1]") with one number for all outputs or one each.
Result<std::vector<double>> base_scores(const json::value& value) {
    constexpr const char* name = "base_score";
    if (!value.is_string() || !value.get_string().starts_with('[')) {
        TRY(score, xgboost_number(value, name));
        return std::vector{score};
    }
    std::string_view text(value.get_string());
    if (!text.ends_with(']')) return fail(ErrorKind::corrupt, "the XGBoost model's base_score is cut short");
    text = text.substr(1, text.size() - 2);
    std::vector<double> scores;
    for (bool more = true; more;) {
        auto comma = text.find(',');
        TRY(score, xgboost_number(json::value(json::string(text.substr(0, comma))), name));
        scores.push_back(score);
        more = comma != std::string_view::npos;
        if (more) text.remove_prefix(comma + 1);
    }
    return scores;
}

Result<std::size_t> count_of(const json::object& parameters, const char* name, double otherwise) {
    const auto* value = parameters.if_contains(name);
    if (value == nullptr) return static_cast<std::size_t>(otherwise);
    TRY(count, xgboost_number(*value, name));
    if (!(count >= 0 && count <= count_max))
        return fail(ErrorKind::too_large, "the XGBoost model's '{}' is {}; the limit is {}", name, count, count_max);
    return static_cast<std::size_t>(count);
}

Status read_base(const json::object& parameters, const ObjectiveFacts& facts, Forest::Parts& parts) {
    const auto* stored = parameters.if_contains("base_score");
    if (stored == nullptr) return fail(ErrorKind::corrupt, "the XGBoost model has no 'base_score'");
    TRY(scores, base_scores(*stored));
    TRY(classes, count_of(parameters, "num_class", 0));
    TRY(targets, count_of(parameters, "num_target", 1));
    auto outputs = std::max({std::size_t{1}, classes, targets});
    if (scores.size() != 1 && scores.size() != outputs)
        return fail(ErrorKind::corrupt, "the XGBoost model has {} base scores for {} outputs", scores.size(), outputs);
    // How a per-class base score becomes a margin differs between versions since 3.1.
    if (facts.transform == ForestTransform::softmax && std::ranges::adjacent_find(scores, std::ranges::not_equal_to{}) != scores.end())
        return fail(ErrorKind::unsupported, "XGBoost models with a different base_score for each class are not supported");
    scores.resize(outputs, scores.front());
    for (double score : scores) {
        parts.base.push_back(base_margin(score, facts.link));
        if (!std::isfinite(parts.base.back())) return fail(ErrorKind::corrupt, "the XGBoost model's base_score {} has no margin", score);
    }
    return {};
}

/// The names in the file, or f0, f1, … if there are none.
Status read_features(const json::object& learner, const json::object& parameters, Forest::Parts& parts) {
    TRY(features, count_of(parameters, "num_feature", 0));
    if (const auto* names = learner.if_contains("feature_names"); names != nullptr && names->is_array() && !names->get_array().empty()) {
        for (const auto& name : names->get_array()) {
            if (!name.is_string()) return fail(ErrorKind::corrupt, "the XGBoost model has a feature name that is no text");
            parts.feature_names.emplace_back(name.get_string());
        }
        if (parts.feature_names.size() != features)
            return fail(ErrorKind::corrupt, "the XGBoost model has {} features and {} names for them", features,
                        parts.feature_names.size());
        return {};
    }
    for (std::size_t j = 0; j < features; ++j) parts.feature_names.push_back(fmt::format("f{}", j));
    return {};
}

/// The trees and, for DART, their weights.
struct Booster {
    const json::object* model;
    const json::array* weights;
};

Result<Booster> booster_of(const json::object& learner) {
    TRY(booster, xgboost_object(learner, "gradient_booster"));
    const auto* stored = booster->if_contains("name");
    if (stored == nullptr || !stored->is_string()) return fail(ErrorKind::corrupt, "the XGBoost model's booster has no name");
    std::string_view name(stored->get_string());
    if (name == "gbtree") {
        TRY(model, xgboost_object(*booster, "model"));
        return Booster{model, nullptr};
    }
    if (name != "dart")
        return fail(ErrorKind::unsupported, "the XGBoost booster '{}' is not supported; gbtree and dart are", name.substr(0, 60));
    TRY(inner, xgboost_object(*booster, "gbtree"));
    TRY(model, xgboost_object(*inner, "model"));
    TRY(weights, xgboost_array(*booster, "weight_drop"));
    return Booster{model, weights};
}

Status read_trees(const Booster& booster, Forest::Parts& parts) {
    TRY(trees, xgboost_array(*booster.model, "trees"));
    TRY(outputs, xgboost_array(*booster.model, "tree_info"));
    if (outputs->size() != trees->size() || (booster.weights != nullptr && booster.weights->size() != trees->size()))
        return fail(ErrorKind::corrupt, "the XGBoost model has {} trees and {} outputs or {} weights for them", trees->size(),
                    outputs->size(), booster.weights == nullptr ? trees->size() : booster.weights->size());
    for (std::size_t t = 0; t < trees->size(); ++t) {
        TRY(output, xgboost_number((*outputs)[t], "tree_info"));
        if (!(output >= 0 && output < static_cast<double>(parts.base.size())))
            return fail(ErrorKind::corrupt, "tree {} of the XGBoost model adds to output {} of {}", t, output, parts.base.size());
        double weight = 1;
        if (booster.weights != nullptr) {
            TRY(stored, xgboost_number((*booster.weights)[t], "weight_drop"));
            weight = stored;
        }
        if (!(*trees)[t].is_object()) return fail(ErrorKind::corrupt, "tree {} of the XGBoost model is no object", t);
        TRY_VOID(add_xgboost_tree(parts, (*trees)[t].get_object(), {static_cast<std::uint32_t>(output), static_cast<float>(weight)}));
    }
    return {};
}

Result<Forest> forest_from(const json::value& document) {
    if (!document.is_object()) return fail(ErrorKind::corrupt, "the file is no XGBoost model");
    TRY(learner, xgboost_object(document.get_object(), "learner"));
    TRY(parameters, xgboost_object(*learner, "learner_model_param"));
    TRY(facts, objective_of(*learner));
    TRY(booster, booster_of(*learner));
    Forest::Parts parts;
    parts.transform = facts.transform;
    parts.float_sum = true;
    TRY_VOID(read_base(*parameters, facts, parts));
    TRY_VOID(read_features(*learner, *parameters, parts));
    TRY_VOID(read_trees(booster, parts));
    return Forest::make(std::move(parts));
}

/// XGBoost writes NaN (as the threshold of categorical splits) and infinities, which JSON does not have. They become empty lists of the
/// same length, which the reader of numbers takes for NaN.
std::string without_nan(std::string text) {
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (in_string) {
            if (c == '\\') ++i;
            if (c == '"') in_string = false;
            continue;
        }
        in_string = c == '"';
        for (std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
            if (c != word.front() || text.compare(i, word.size(), word) != 0) continue;
            text.replace(i, word.size(), word.size(), ' ');
            text[i] = '[';
            text[i + word.size() - 1] = ']';
        }
    }
    return text;
}

/// UBJSON also starts with '{', but goes on with the type of a length; JSON with a quote or white space.
bool is_ubjson(std::span<const std::byte> bytes) {
    return bytes.size() > 1 && bytes[0] == std::byte{'{'} &&
           std::string_view("iUIlLN#$").find(static_cast<char>(bytes[1])) != std::string_view::npos;
}

}  // namespace

Result<Forest> load_xgboost(std::span<const std::byte> bytes) try {
    if (is_ubjson(bytes)) {
        TRY(document, parse_ubjson(bytes));
        return forest_from(document);
    }
    std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    bool has_nan = text.find("NaN") != std::string_view::npos || text.find("Infinity") != std::string_view::npos;
    auto document = has_nan ? parse_json(without_nan(std::string(text)), json_limits) : parse_json(text, json_limits);
    if (!document) {
        auto kind = document.error().kind == ErrorKind::too_large ? ErrorKind::too_large : ErrorKind::corrupt;
        return fail(kind, "the XGBoost model is not readable: {}", document.error().message);
    }
    return forest_from(*document);
} catch (const std::exception& thrown) {  // Boost.JSON's limits and the allocator
    return fail(ErrorKind::corrupt, "the XGBoost model is not readable: {}", thrown.what());
}

}  // namespace quoin
