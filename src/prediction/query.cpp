#include "prediction/query.h"

#include <boost/json.hpp>
#include <cmath>

#include "base/json_writer.h"

namespace quoin {
namespace {

namespace json = boost::json;

tl::unexpected<Error> wrong(std::string field, std::string_view what) {
    auto text = fmt::format("'{}' {}", field.substr(1), what);
    return fail_field(ErrorKind::invalid, std::move(field), "{}", text);
}

Result<std::string> text_field(const json::value& value, const std::string& field, std::size_t bytes_max) {
    if (!value.is_string()) return wrong(field, "must be text");
    if (value.get_string().empty()) return wrong(field, "must not be empty");
    if (value.get_string().size() > bytes_max) return wrong(field, fmt::format("is longer than {} bytes", bytes_max));
    return std::string(value.get_string());
}

Result<std::size_t> count_field(const json::value& value, const std::string& field, std::size_t most) {
    if (!value.is_int64() || value.get_int64() < 0 || value.get_int64() > static_cast<std::int64_t>(most))
        return wrong(field, fmt::format("must be a whole number from 0 to {}", most));
    return static_cast<std::size_t>(value.get_int64());
}

Result<FeatureValue> feature_value(const json::value& value, const std::string& field) {
    if (value.is_null()) return FeatureValue{nullptr};
    if (value.is_bool()) return FeatureValue{value.get_bool() ? 1.0 : 0.0};
    if (value.is_number()) return FeatureValue{value.to_number<double>()};
    if (!value.is_string()) return wrong(field, "must be a number, text, true, false or null");
    if (value.get_string().size() > limits::feature_text_bytes)
        return wrong(field, fmt::format("is longer than {} bytes", limits::feature_text_bytes));
    return FeatureValue{std::string(value.get_string())};
}

Result<NamedFeatures> features_field(const json::value& value, const std::string& field) {
    NamedFeatures features;
    if (value.is_null()) return features;
    if (!value.is_object()) return wrong(field, "must be an object of feature names and values");
    if (value.get_object().size() > limits::features_per_query)
        return wrong(field, fmt::format("has more than {} features", limits::features_per_query));
    for (const auto& [name, item] : value.get_object()) {
        TRY(parsed, feature_value(item, fmt::format("{}/{}", field, std::string_view(name))));
        features.emplace_back(std::string(name), std::move(parsed));
    }
    return features;
}

Result<std::vector<Probability>> levels_field(const json::value& value, const std::string& field) {
    if (!value.is_array() || value.get_array().empty() || value.get_array().size() > limits::levels_per_query)
        return wrong(field, fmt::format("must be a list of 1 to {} numbers between 0 and 1", limits::levels_per_query));
    std::vector<Probability> levels;
    for (const auto& item : value.get_array()) {
        if (!item.is_number()) return wrong(field, "must hold numbers between 0 and 1, such as 0.95");
        auto level = coverage_level(item.to_number<double>());
        if (!level) return wrong(field, level.error().message);
        levels.push_back(*level);
    }
    return levels;
}

Result<EventTime> time_field(const json::value& value, const std::string& field) {
    if (!value.is_string()) return wrong(field, "must be a time such as 2024-01-15T00:00:00Z");
    auto time = parse_time(std::string_view(value.get_string()));
    if (!time) return wrong(field, time.error().message);
    return *time;
}

Status read_field(std::string_view key, const json::value& value, PredictionQuery& query) {
    auto field = fmt::format("/{}", key);
    auto assign = [](auto& target, auto result) -> Status {
        if (!result) return tl::unexpected(result.error());
        target = std::move(*result);
        return {};
    };
    if (key == "entity_id") {
        TRY(id, text_field(value, field, limits::entity_id_bytes));
        query.entity = EntityId{id};
        return {};
    }
    if (key == "entity_type") return assign(query.entity_type, text_field(value, field, 64));
    if (key == "prediction_type") return assign(query.prediction_type, text_field(value, field, 64));
    if (key == "features") return assign(query.features, features_field(value, field));
    if (key == "what_if") return assign(query.what_if, features_field(value, field));
    if (key == "confidence_levels") return assign(query.levels, levels_field(value, field));
    if (key == "confidence_level") return assign(query.levels, levels_field(json::array{value}, field));
    if (key == "drivers") return assign(query.drivers, count_field(value, field, limits::drivers_per_query));
    if (key == "comparables") return assign(query.comparables, count_field(value, field, limits::comparables_per_query));
    if (key == "as_of_date") return value.is_null() ? Status{} : assign(query.as_of, time_field(value, field));
    return fail_field(
        ErrorKind::invalid, field,
        "unknown field '{}'; known are entity_id, entity_type, prediction_type, features, as_of_date, confidence_levels, drivers, "
        "comparables and what_if",
        key.substr(0, 80));
}

void write_features(JsonWriter& json, const NamedFeatures& features) {
    json.begin_object();
    for (const auto& [name, value] : features) write_json(value, json.key(name));
    json.end_object();
}

}  // namespace

Result<PredictionQuery> parse_query(const json::value& body) {
    if (!body.is_object()) return fail(ErrorKind::invalid, "the request must be a JSON object with 'entity_id' or 'features'");
    PredictionQuery query;
    for (const auto& [key, value] : body.get_object()) TRY_VOID(read_field(key, value, query));
    if (!query.entity && query.features.empty())
        return fail_field(ErrorKind::invalid, "/entity_id", "the request names neither an 'entity_id' to look up nor any 'features'");
    return query;
}

void write_json(const FeatureValue& value, JsonWriter& json) {
    if (const auto* number = std::get_if<double>(&value)) {
        json.number(*number);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
        json.text(*text);
    } else {
        json.null();
    }
}

json::value to_json(const FeatureValue& value) {
    if (const auto* number = std::get_if<double>(&value)) return std::isnan(*number) ? json::value(nullptr) : json::value(*number);
    if (const auto* text = std::get_if<std::string>(&value)) return json::value(*text);
    return nullptr;
}

std::string query_text(const PredictionQuery& query) {
    std::string text;
    text.reserve(1024);
    JsonWriter json(text);
    json.begin_object();
    if (query.entity) json.key("entity_id").text(query.entity->value());
    if (!query.entity_type.empty()) json.key("entity_type").text(query.entity_type);
    if (!query.prediction_type.empty()) json.key("prediction_type").text(query.prediction_type);
    write_features(json.key("features"), query.features);
    if (query.as_of) json.key("as_of_date").text(to_text(*query.as_of));
    json.key("confidence_levels").begin_array();
    for (auto level : query.levels) json.number(level.value());
    json.end_array();
    json.key("drivers").integer(static_cast<std::int64_t>(query.drivers));
    json.key("comparables").integer(static_cast<std::int64_t>(query.comparables));
    if (!query.what_if.empty()) write_features(json.key("what_if"), query.what_if);
    json.end_object();
    return text;
}

}  // namespace quoin
