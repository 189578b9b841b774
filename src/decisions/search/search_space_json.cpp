#include <boost/json.hpp>
#include <cmath>
#include <limits>

#include "decisions/json_fields.h"
#include "decisions/search/search_space.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t name_bytes_max = 200, names_max = 100;
constexpr double anything = std::numeric_limits<double>::max();

Result<std::vector<std::string>> texts_of(const json::array& array, std::string_view owner) {
    std::vector<std::string> texts;
    for (const json::value& entry : array) {
        if (!entry.is_string() || entry.get_string().size() > name_bytes_max)
            return fail_field(ErrorKind::invalid, std::string(owner), "parameter '{}': a choice is no text of at most {} bytes", owner,
                              name_bytes_max);
        texts.emplace_back(entry.get_string());
    }
    return texts;
}

/// [lower, upper] or a list of choices.
Result<SearchParameter> short_form(std::string name, const json::array& array) {
    if (array.size() == 2 && array[0].is_number() && array[1].is_number()) {
        return SearchParameter{.name = std::move(name), .lower = array[0].to_number<double>(), .upper = array[1].to_number<double>()};
    }
    TRY(choices, texts_of(array, name));
    return SearchParameter{.name = std::move(name), .kind = ParameterKind::categorical, .choices = std::move(choices)};
}

Result<ParameterKind> kind_of(const std::string& name, const std::string& owner) {
    if (name == "real") return ParameterKind::real;
    if (name == "integer") return ParameterKind::integer;
    if (name == "categorical") return ParameterKind::categorical;
    return fail_field(ErrorKind::invalid, owner, "parameter '{}': type '{}' is none of real, integer, categorical", owner, name);
}

Result<SearchParameter> long_form(std::string name, const json::value& value) {
    TRY(fields, JsonFields::open(value, fmt::format("parameter '{}'", name), ErrorKind::invalid));
    SearchParameter parameter{.name = std::move(name)};
    TRY(type, fields.text("type", name_bytes_max));
    TRY(kind, kind_of(type, parameter.name));
    parameter.kind = kind;
    if (kind == ParameterKind::categorical) {
        TRY(array, fields.array("choices", names_max));
        TRY(choices, texts_of(*array, parameter.name));
        parameter.choices = std::move(choices);
    } else {
        TRY(lower, fields.number("lower", -anything, anything));
        TRY(upper, fields.number("upper", -anything, anything));
        parameter.lower = lower;
        parameter.upper = upper;
        if (fields.has("log")) {
            TRY(logarithmic, fields.flag("log"));
            parameter.logarithmic = logarithmic;
        }
    }
    if (fields.has("parent")) {
        TRY(parent, fields.text("parent", name_bytes_max));
        TRY(array, fields.array("when", names_max));
        TRY(when, texts_of(*array, parameter.name));
        parameter.parent = std::move(parent);
        parameter.when = std::move(when);
    }
    TRY_VOID(fields.finish());
    return parameter;
}

json::array texts_json(std::span<const std::string> texts) { return json::array(texts.begin(), texts.end()); }

}  // namespace

Result<SearchSpace> search_space_from_json(const json::value& value) {
    if (!value.is_object()) return fail_field(ErrorKind::invalid, "space", "a search space is an object of parameters by name");
    if (value.get_object().size() > names_max) return fail_field(ErrorKind::too_large, "space", "more than {} parameters", names_max);
    std::vector<SearchParameter> parameters;
    for (const auto& field : value.get_object()) {
        std::string name(field.key());
        if (name.size() > name_bytes_max) return fail_field(ErrorKind::invalid, "space", "a name has more than {} bytes", name_bytes_max);
        TRY(parameter,
            field.value().is_array() ? short_form(std::move(name), field.value().get_array()) : long_form(std::move(name), field.value()));
        parameters.push_back(std::move(parameter));
    }
    return SearchSpace::make(std::move(parameters));
}

json::object to_json(const SearchSpace& space) {
    json::object object;
    for (const SearchParameter& parameter : space.parameters()) {
        json::object entry;
        if (parameter.kind == ParameterKind::categorical) {
            entry = {{"type", "categorical"}, {"choices", texts_json(parameter.choices)}};
        } else {
            entry = {{"type", parameter.kind == ParameterKind::real ? "real" : "integer"},
                     {"lower", parameter.lower + 0.0},
                     {"upper", parameter.upper + 0.0},
                     {"log", parameter.logarithmic}};
        }
        if (!parameter.parent.empty()) {
            entry["parent"] = parameter.parent;
            entry["when"] = texts_json(parameter.when);
        }
        object[parameter.name] = std::move(entry);
    }
    return object;
}

json::object to_json(const SearchPoint& point) {
    json::object object;
    for (const auto& [name, value] : point) {
        if (const double* number = std::get_if<double>(&value)) object[name] = *number + 0.0;
        else object[name] = std::get<std::string>(value);
    }
    return object;
}

Result<SearchPoint> search_point_from_json(const json::value& value) {
    if (!value.is_object()) return fail(ErrorKind::invalid, "a point is an object of values by name");
    SearchPoint point;
    for (const auto& field : value.get_object()) {
        std::string name(field.key());
        const double number = field.value().is_number() ? field.value().to_number<double>() : 0;
        // 1e999 is a number in JSON and an infinity here.
        if (!std::isfinite(number)) return fail_field(ErrorKind::invalid, name, "'{}' is beyond all numbers", name);
        if (field.value().is_number()) point[name] = number;
        else if (field.value().is_string()) point[name] = std::string(field.value().get_string());
        else return fail_field(ErrorKind::invalid, name, "'{}' is neither a number nor a text", name);
    }
    return point;
}

}  // namespace quoin
