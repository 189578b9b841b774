#include "serving/endpoint.h"

namespace quoin {
namespace {

Result<Response> get(const Request& request, Service& service) {
    std::string model(request.path_parameter("name"));
    auto live = service.predictor.live(model);
    TRY(version, service.registry.find(model, live ? live->version() : "latest"));
    if (version.card_html.empty()) return fail(ErrorKind::not_found, "{} {} has no model card", model, version.version_text());
    TRY(card, service.blobs.get(version.card_html));
    Response response{.content_type = "text/html; charset=utf-8", .body = std::string(card.text())};
    // A card brings its style along and needs nothing else; names in it come from files that people give us.
    response.headers = {{"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:"},
                        {"X-Content-Type-Options", "nosniff"}};
    return response;
}

}  // namespace

EndpointEntry get_model_card() {
    return {
        .method = "GET",
        .path = "/v1/models/{name}/card",
        .tag = "Models",
        .summary = "Model card",
        .description = "What the live version is for, from which data it was made, how good it is and for whom it is not; a page to read.",
        .response_type = "text/html",
        .answer = get,
    };
}

}  // namespace quoin
