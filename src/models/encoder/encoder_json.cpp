#include <array>
#include <boost/json.hpp>
#include <limits>

#include "models/encoder/encoder.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::array kind_names = {"number",  "category",    "days",       "season_sine", "season_cosine", "rotation",
                                   "wave",    "logarithm",   "log_ratio",  "ratio",       "difference",    "sum",
                                   "product", "years_since", "later_year", "distance",    "is_positive"};
constexpr std::array audience_names = {"all", "trees", "smooth", "nobody"};

json::object movable_json(const Movable& movable) {
    if (!movable.values.empty()) return {{"values", json::value_from(movable.values)}, {"direction", movable.direction}};
    return {{"lower", movable.lower}, {"upper", movable.upper}, {"step", movable.step}, {"direction", movable.direction}};
}

json::object input_json(const InputColumn& input) {
    json::object object{{"name", input.name}, {"kind", name_of(input.kind)}, {"label", input.label},
                        {"unit", input.unit}, {"lower", input.lower},        {"upper", input.upper}};
    if (input.kind == ColumnKind::category) object["levels"] = json::value_from(input.levels);
    if (input.movable) object["movable"] = movable_json(*input.movable);
    return object;
}

json::object feature_json(const EncodedFeature& feature) {
    json::object object{{"name", feature.name},
                        {"kind", kind_names[static_cast<std::size_t>(feature.kind)]},
                        {"inputs", json::value_from(feature.inputs)},
                        {"reason", feature.reason}};
    if (!feature.parameters.empty()) object["parameters"] = json::value_from(feature.parameters);
    if (feature.audience != Audience::all) object["audience"] = audience_names[static_cast<std::size_t>(feature.audience)];
    if (feature.monotone != 0) object["monotone"] = feature.monotone;
    return object;
}

double number_or(const json::object& object, json::string_view key, double otherwise) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_number() ? value->to_number<double>() : otherwise;
}

Movable movable_from(const json::object& object) {
    Movable movable{.lower = number_or(object, "lower", 0), .upper = number_or(object, "upper", 0), .step = number_or(object, "step", 1)};
    movable.direction = static_cast<int>(number_or(object, "direction", 0));
    if (const auto* values = object.if_contains("values"))
        for (const auto& value : values->as_array()) movable.values.emplace_back(value.as_string().c_str());
    return movable;
}

InputColumn input_from(const json::object& object) {
    InputColumn input;
    input.name = object.at("name").as_string().c_str();
    auto kind = object.at("kind").as_string();
    input.kind = kind == "number" ? ColumnKind::number : kind == "time" ? ColumnKind::time : ColumnKind::category;
    input.label = object.at("label").as_string().c_str();
    input.unit = object.at("unit").as_string().c_str();
    input.lower = number_or(object, "lower", 0);
    input.upper = number_or(object, "upper", 0);
    if (const auto* levels = object.if_contains("levels"))
        for (const auto& level : levels->as_array()) input.levels.emplace_back(level.as_string().c_str());
    if (const auto* movable = object.if_contains("movable")) input.movable = movable_from(movable->as_object());
    return input;
}

Result<EncodedFeature> feature_from(const json::object& object) {
    EncodedFeature feature;
    feature.name = object.at("name").as_string().c_str();
    feature.reason = object.at("reason").as_string().c_str();
    auto kind = std::ranges::find(kind_names, std::string_view(object.at("kind").as_string()));
    if (kind == kind_names.end())
        return fail(ErrorKind::unsupported, "feature '{}' is of a kind that this version does not know", feature.name);
    feature.kind = static_cast<FeatureKind>(kind - kind_names.begin());
    for (const auto& index : object.at("inputs").as_array()) feature.inputs.push_back(index.to_number<std::size_t>());
    if (const auto* parameters = object.if_contains("parameters"))
        for (const auto& parameter : parameters->as_array()) feature.parameters.push_back(parameter.to_number<double>());
    if (const auto* audience = object.if_contains("audience"))
        feature.audience = audience->as_string() == "trees"    ? Audience::trees
                           : audience->as_string() == "nobody" ? Audience::nobody
                                                               : Audience::smooth;
    feature.monotone = static_cast<int>(number_or(object, "monotone", 0));
    return feature;
}

}  // namespace

json::object to_json(const Encoder& encoder) {
    json::array inputs, features;
    for (const auto& input : encoder.inputs()) inputs.push_back(input_json(input));
    for (const auto& feature : encoder.features()) features.push_back(feature_json(feature));
    return {{"inputs", std::move(inputs)},
            {"features", std::move(features)},
            {"plane", {{"latitude", encoder.plane().latitude}, {"longitude", encoder.plane().longitude}}}};
}

Result<Encoder> encoder_from_json(const json::value& value) try {
    std::vector<InputColumn> inputs;
    std::vector<EncodedFeature> features;
    for (const auto& input : value.at("inputs").as_array()) inputs.push_back(input_from(input.as_object()));
    for (const auto& item : value.at("features").as_array()) {
        TRY(feature, feature_from(item.as_object()));
        features.push_back(std::move(feature));
    }
    Plane plane{value.at("plane").at("latitude").to_number<double>(), value.at("plane").at("longitude").to_number<double>()};
    return Encoder::make(std::move(inputs), std::move(features), plane);
} catch (const std::exception& thrown) {
    return fail(ErrorKind::corrupt, "the stored encoder is not readable: {}", thrown.what());
}

}  // namespace quoin
