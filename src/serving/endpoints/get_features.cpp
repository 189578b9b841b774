#include <algorithm>
#include <boost/json.hpp>

#include "serving/endpoint.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

namespace json = boost::json;

void put_if(json::object& object, std::string_view key, const std::string& text) {
    if (!text.empty()) object[key] = text;
}

json::object definition(const FeatureDeclaration& feature) {
    json::object made;
    put_if(made, "expression", feature.expression);
    if (feature.lookup)
        made["lookup"] = {{"entity", feature.lookup->entity},
                          {"by", feature.lookup->by},
                          {"feature", feature.lookup->view + ":" + feature.lookup->feature}};
    if (feature.from.empty()) return made;
    made["from"] = json::array(feature.from.begin(), feature.from.end());
    put_if(made, "where", feature.where);
    put_if(made, "value", feature.value);
    made["transform"] = feature.transform;
    made["window"] = feature.window ? to_text(*feature.window) : "lifetime";
    return made;
}

json::object feature_json(const std::string& view, const FeatureDeclaration& feature) {
    json::object made{{"feature", view + ":" + feature.name},
                      {"name", feature.name},
                      {"description", feature.description},
                      {"type", name_of(feature.type)}};
    put_if(made, "unit", feature.unit);
    if (feature.range) made["range"] = {feature.range->first, feature.range->second};
    if (feature.default_text) made["default"] = *feature.default_text;
    made["definition"] = definition(feature);
    return made;
}

json::object view_json(const FeatureView& view) {
    const ViewDeclaration& declared = view.declaration();
    json::object made{{"view", declared.view}, {"entity", declared.entity}, {"description", declared.description}};
    put_if(made, "category", declared.category);
    put_if(made, "owner", declared.owner);
    if (declared.ttl) made["ttl"] = to_text(*declared.ttl);
    json::array features;
    for (const auto& feature : declared.features) features.push_back(feature_json(declared.view, feature));
    made["features"] = std::move(features);
    return made;
}

/// The categories of document 003 in its order, then others.
std::size_t category_rank(const std::string& category) {
    static const std::vector<std::string> known = {"behavioural", "property", "transactional", "market", "temporal"};
    return static_cast<std::size_t>(std::ranges::find(known, category) - known.begin());
}

Result<Response> get(const Request& request, Service& service) {
    TRY(reader, service.feature_reader());
    auto catalog = reader->catalog();
    auto fits = [&](std::string_view parameter, std::string_view value) {
        auto wanted = request.query_parameter(parameter);
        return wanted.empty() || wanted == value;
    };
    std::vector<std::shared_ptr<const FeatureView>> in_order(catalog->views().begin(), catalog->views().end());
    std::ranges::stable_sort(in_order, {}, [](const auto& view) {
        return std::pair(category_rank(view->declaration().category), view->declaration().category);
    });
    json::array views;
    for (const auto& view : in_order)
        if (fits("view", view->name()) && fits("entity", view->entity()) && fits("category", view->declaration().category))
            views.push_back(view_json(*view));
    return json_response(json::object{{"views", std::move(views)}});
}

}  // namespace

EndpointEntry get_features() {
    return {
        .method = "GET",
        .path = "/v1/features",
        .tag = "Features",
        .summary = "The feature catalog",
        .description =
            "Every view with its features and their definitions, by category. `?view=`, `?entity=` and `?category=` choose some.",
        .response_schema =
            R"({"type": "object", "required": ["views"], "properties": {"views": {"type": "array", "items": {"type": "object",
            "required": ["view", "entity", "features"], "properties": {"view": {"type": "string"}, "entity": {"type": "string"},
            "features": {"type": "array", "items": {"type": "object"}}}}}}})",
        .answer = get,
    };
}

}  // namespace quoin
