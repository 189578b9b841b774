#include "serving/endpoint.h"

#include "base/log.h"
#include "serving/http/target.h"
#include "serving/kept_request.h"
#include "serving/router.h"

namespace quoin {

#define ENDPOINT(name) EndpointEntry name();
#include "serving/endpoints.list"
#undef ENDPOINT

namespace {

Router router_of(std::span<const EndpointEntry> entries) {
    std::vector<Router::Route> routes;
    for (const auto& entry : entries) routes.push_back({entry.method, entry.path});
    return Router(routes);
}

/// An exception of the standard library or of Boost ends here; everything of ours comes as an Error.
Result<Response> call(const EndpointEntry& entry, const Request& request, Service& service) {
    try {
        return entry.answer(request, service);
    } catch (const std::exception& error) {
        log_event(LogLevel::error, "endpoint_exception", {{"route", entry.path}, {"what", error.what()}});
    }
    return fail(ErrorKind::internal, "the server failed on this request; its log says why");
}

Response answer_here(const EndpointEntry& entry, const Request& request, Service& service) {
    auto result = call(entry, request, service);
    return result ? std::move(*result) : problem(result.error());
}

Response answer_entry(const EndpointEntry& entry, const Request& request, Service& service) {
    Response response;
    if (entry.reads_features && service.reads) {
        auto kept = std::make_shared<const KeptRequest>(request);
        response = answered_by(*service.reads,
                               [&entry, kept, &service] { return waited_for(answer_here(entry, kept->request(), service)); });
    } else {
        response = answer_here(entry, request, service);
    }
    response.route = entry.path;
    return response;
}

Response without_route(const Request& request, const std::string& allow) {
    if (allow.empty()) {
        return problem(404, reason_phrase(404), fmt::format("there is no '{}'; /docs lists what there is", request.path));
    }
    if (request.method == "OPTIONS") return {.status = 204, .body = {}, .headers = {{"Allow", allow}}};
    auto response = problem(405, reason_phrase(405),
                            fmt::format("'{}' does not take {}; it takes {}", request.path, request.method, allow));
    response.headers.emplace_back("Allow", allow);
    return response;
}

}  // namespace

std::span<const EndpointEntry> endpoints() {
    static const std::vector<EndpointEntry> entries = {
#define ENDPOINT(name) name(),
#include "serving/endpoints.list"
#undef ENDPOINT
    };
    return entries;
}

Response answer(const Request& request, Service& service) {
    static const Router router = router_of(endpoints());
    auto target = split_target(request.target);
    auto match = router.find(request.method, target ? target->path : request.path);
    if (!match.route) return without_route(request, match.allow);
    const auto& entry = endpoints()[*match.route];
    if (match.parameters.empty()) return answer_entry(entry, request, service);
    Request routed = request;
    routed.path_parameters = std::move(match.parameters);
    return answer_entry(entry, routed, service);
}

}  // namespace quoin
