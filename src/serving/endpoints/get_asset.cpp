#include "serving/asset_response.h"
#include "serving/endpoint.h"

namespace quoin {
namespace {

Result<Response> get(const Request& request, Service&) {
    std::string path(request.path_parameter("library"));
    if (!path.empty()) path += '/';
    path += request.path_parameter("name");
    const auto* asset = find_asset(path);
    if (asset == nullptr) return fail(ErrorKind::not_found, "there is no asset '{}'", path);
    return asset_response(*asset, request);
}

EndpointEntry entry(std::string path) {
    return {
        .method = "GET",
        .path = std::move(path),
        .tag = "Documentation",
        .summary = "A file of the documentation pages",
        .description = "Scripts, styles and licences, from the program itself.",
        .response_type = "text/plain",
        .answer = get,
    };
}

}  // namespace

EndpointEntry get_asset() { return entry("/assets/{name}"); }

EndpointEntry get_library_asset() { return entry("/assets/{library}/{name}"); }

}  // namespace quoin
