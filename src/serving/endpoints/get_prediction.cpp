#include <boost/json.hpp>

#include "base/json.h"
#include "serving/endpoint.h"
#include "serving/json_body.h"
#include "serving/prediction_record.h"

namespace quoin {
namespace {

namespace json = boost::json;

Result<json::value> stored_json(const std::string& text, const std::string& id) {
    auto value = parse_json(text);
    if (!value) return fail(ErrorKind::corrupt, "the record of '{}' is damaged: {}", id, value.error().message);
    return value;
}

Result<Response> get(const Request& request, Service& service) {
    std::string id(request.path_parameter("id"));
    TRY(record, service.predictor.records().find(id));
    TRY(query, stored_json(record.query_json, id));
    TRY(answer, stored_json(record.answer_json, id));
    return json_response(json::object{{"prediction_id", record.id},
                                      {"prediction_date", to_text(record.asked_at)},
                                      {"model_name", record.model},
                                      {"model_version", record.model_version},
                                      {"artifact", record.artifact},
                                      {"query", std::move(query)},
                                      {"answer", std::move(answer)}});
}

}  // namespace

EndpointEntry get_prediction() {
    return {
        .method = "GET",
        .path = "/v1/predictions/{id}",
        .tag = "Predictions",
        .summary = "The record of a prediction",
        .description = "What was asked, with every feature as the model saw it, by which model version it was answered, and the answer. "
                       "`quoin replay` computes the same answer from it.",
        .response_schema = R"({"$ref": "#/components/schemas/PredictionRecord"})",
        .answer = get,
    };
}

}  // namespace quoin
