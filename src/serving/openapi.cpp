#include "serving/openapi.h"

#include <boost/json.hpp>
#include <cctype>

#include "serving/schemas.h"

namespace quoin {
namespace {

namespace json = boost::json;

json::object schema_reference(std::string_view name) { return {{"$ref", "#/components/schemas/" + std::string(name)}}; }

/// "post_v1_predict_batch": what generated clients name their function.
std::string operation_id(const EndpointEntry& entry) {
    std::string id;
    for (char c : entry.method + entry.path) {
        bool word = std::isalnum(static_cast<unsigned char>(c)) != 0;
        if (word) id += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        else if (!id.empty() && id.back() != '_') id += '_';
        if (id.size() == entry.method.size() && id.back() != '_') id += '_';
    }
    while (id.back() == '_') id.pop_back();
    return id;
}

json::array path_parameters(std::string_view path) {
    json::array parameters;
    for (auto open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1)) {
        auto close = path.find('}', open);
        parameters.push_back(
            {{"name", path.substr(open + 1, close - open - 1)}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
    }
    return parameters;
}

json::object problem_response(std::string_view description) {
    return {{"description", description}, {"content", {{"application/problem+json", {{"schema", schema_reference("Problem")}}}}}};
}

json::object responses(const EndpointEntry& entry) {
    json::object all;
    json::object media;
    media["schema"] = entry.response_schema.empty() ? json::value{{"type", "string"}} : json::parse(entry.response_schema);
    all["200"] = {{"description", "The answer"}, {"content", {{entry.response_type, std::move(media)}}}};
    if (!entry.request_schema.empty()) {
        all["400"] = problem_response("The body is not JSON");
        all["413"] = problem_response("The body is too large");
        all["422"] = problem_response("A field is missing, unknown or of the wrong type; `field` says which");
    }
    if (entry.path.find('{') != std::string::npos || entry.path.starts_with("/v1/predict/")) {
        all["404"] = problem_response("Nobody knows this name or id");
    }
    all["default"] = problem_response("Any other failure");
    return all;
}

json::object operation(const EndpointEntry& entry) {
    json::object out{
        {"operationId", operation_id(entry)}, {"tags", {entry.tag}}, {"summary", entry.summary}, {"description", entry.description}};
    if (auto parameters = path_parameters(entry.path); !parameters.empty()) out["parameters"] = std::move(parameters);
    if (!entry.request_schema.empty()) {
        json::object media{{"schema", json::parse(entry.request_schema)}};
        if (!entry.request_example.empty()) media["example"] = json::parse(entry.request_example);
        out["requestBody"] = {{"required", true}, {"content", {{"application/json", std::move(media)}}}};
    }
    out["responses"] = responses(entry);
    return out;
}

std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

}  // namespace

json::object openapi_document(std::span<const EndpointEntry> entries) {
    json::object paths;
    json::array tags;
    for (const auto& entry : entries) {
        if (!paths.contains(entry.path)) paths[entry.path] = json::object();
        paths[entry.path].as_object()[lower(entry.method)] = operation(entry);
        json::object tag{{"name", entry.tag}};
        if (std::ranges::find(tags, json::value(tag)) == tags.end()) tags.push_back(tag);
    }
    return {{"openapi", "3.1.0"},
            {"info",
             {{"title", "Quoin"},
              {"version", QUOIN_VERSION},
              {"description", "Calibrated, explained predictions about real estate. Every failure is a problem document (RFC 9457)."}}},
            {"servers", {{{"url", "/"}}}},
            {"tags", std::move(tags)},
            {"paths", std::move(paths)},
            {"components", {{"schemas", schemas()}}}};
}

}  // namespace quoin
