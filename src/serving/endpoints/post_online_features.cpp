#include <boost/json.hpp>

#include "serving/endpoint.h"
#include "serving/feast.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

Result<Response> post(const Request& request, Service& service) {
    TRY(reader, service.feature_reader());
    auto answer = json_body(request).and_then([&](const auto& body) { return feast::online_features(body, *reader); });
    if (!answer) return feast::error_response(answer.error());
    Response response;
    response.body = std::move(*answer);
    return response;
}

}  // namespace

EndpointEntry post_online_features() {
    return {
        .method = "POST",
        .path = "/get-online-features",
        .tag = "Feast",
        .summary = "Features as Feast serves them",
        .description = "The request and the answer of Feast's feature server, for its stock clients. `features` are `view:feature`; "
                       "`feature_service` is a view, a category or an entity type.",
        .request_schema =
            R"({"type": "object", "required": ["entities"], "properties": {"entities": {"type": "object"},
                "features": {"type": "array", "items": {"type": "string"}}, "feature_service": {"type": "string"},
                "full_feature_names": {"type": "boolean"}}})",
        .request_example = R"({"entities": {"user_id": ["user_123"]}, "features": ["user_documents:doc_access_count_7d"]})",
        .response_schema =
            R"({"type": "object", "required": ["metadata", "results"], "properties": {"metadata": {"type": "object"},
                "results": {"type": "array"}}})",
        .answer = post,
        .reads_features = true,
    };
}

}  // namespace quoin
