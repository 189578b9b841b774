#include "serving/product_endpoint.h"

#include <algorithm>
#include <boost/json.hpp>

#include "serving/json_body.h"

namespace quoin {
namespace {

/// "/v1/predict/property-value" → "property_value".
std::string product_of(std::string_view path) {
    std::string name(path.substr(path.rfind('/') + 1));
    std::ranges::replace(name, '-', '_');
    return name;
}

Result<Response> answer(Predictor& predictor, const std::string& product, const PredictionQuery& query) {
    TRY(prediction, predictor.predict(product, query));
    return Response{.body = answer_json(prediction, prediction.text)};
}

Result<Response> post(const Request& request, Service& service) {
    TRY(body, json_body(request));
    TRY(query, parse_query(body));
    TRY(product, service.predictor.products().find(product_of(request.path)));
    if (!query.prediction_type.empty() && query.prediction_type != product->prediction_type)
        return fail_field(ErrorKind::invalid, "/prediction_type", "'{}' is asked for elsewhere; {} answers {}", query.prediction_type,
                          request.path, product->prediction_type);
    if (!query.entity_type.empty() && query.entity_type != product->entity_type)
        return fail_field(ErrorKind::invalid, "/entity_type", "{} is about a {}, not a {}", product->prediction_type, product->entity_type,
                          query.entity_type);
    if (service.replays != nullptr && service.predictor.reads_past(product->name, query))
        return answered_by(*service.replays, [&service, name = product->name, query] {
            auto answered = answer(service.predictor, name, query);
            return answered ? std::move(*answered) : problem(answered.error());
        });
    return answer(service.predictor, product->name, query);
}

}  // namespace

EndpointEntry product_endpoint(ProductRoute route) {
    return {
        .method = "POST",
        .path = std::move(route.path),
        .tag = "Predictions",
        .summary = std::move(route.summary),
        .description = std::move(route.description),
        .request_schema = R"({"$ref": "#/components/schemas/PredictionQuery"})",
        .request_example = std::move(route.example),
        .response_schema = R"({"$ref": "#/components/schemas/Prediction"})",
        .answer = post,
        .reads_features = true,
    };
}

}  // namespace quoin
