#include "serving/asset_response.h"

namespace quoin {
namespace {

bool accepts_gzip(std::string_view accepted) {
    while (!accepted.empty()) {
        auto end = std::min(accepted.find(','), accepted.size());
        auto part = accepted.substr(0, end);
        accepted.remove_prefix(std::min(end + 1, accepted.size()));
        while (part.starts_with(' ')) part.remove_prefix(1);
        auto refused = part.find(";q=0");
        bool zero = refused != std::string_view::npos && part.find_first_not_of("0.", refused + 3) == std::string_view::npos;
        if ((part.starts_with("gzip") || part.starts_with('*')) && !zero) return true;
    }
    return false;
}

}  // namespace

Response asset_response(const Asset& asset, const Request& request) {
    Response response{.content_type = std::string(asset.content_type), .body = {}};
    // The address has no version in it, so that browsers must ask again after an update; the answer then is an empty 304.
    response.headers = {
        {"ETag", asset.tag}, {"Cache-Control", "no-cache"}, {"Vary", "Accept-Encoding"}, {"X-Content-Type-Options", "nosniff"}};
    if (request.header("if-none-match").find(asset.tag) != std::string_view::npos) {
        response.status = 304;
    } else if (accepts_gzip(request.header("accept-encoding"))) {
        response.headers.emplace_back("Content-Encoding", "gzip");
        response.body = asset.gzip;
    } else {
        response.body = asset.plain;
    }
    return response;
}

Result<Response> page_response(std::string_view path, const Request& request) {
    const auto* page = find_asset(path);
    if (page == nullptr) return fail(ErrorKind::internal, "the page '{}' is not in this program", path);
    auto response = asset_response(*page, request);
    response.headers.emplace_back("Content-Security-Policy",
                                  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:");
    return response;
}

}  // namespace quoin
