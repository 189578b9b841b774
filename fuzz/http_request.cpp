// Bytes of one connection through the whole of HTTP: reader, router, JSON and query. Whatever arrives, the answers must be the same when
// the bytes come at once and one by one.
#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <cstring>

#include "prediction/query.h"
#include "serving/endpoint.h"
#include "serving/http/conversation.h"
#include "serving/json_body.h"
#include "serving/router.h"

namespace quoin {
namespace {

Result<Response> parse(const Request& request) {
    TRY(body, json_body(request));
    TRY(query, parse_query(body));
    return json_response(to_json(query));
}

Response handle(const Request& request) {
    static const Router router = [] {
        std::vector<Router::Route> routes;
        for (const auto& entry : endpoints()) routes.push_back({entry.method, entry.path});
        return Router(routes);
    }();
    auto match = router.find(request.method, request.path);
    if (!match.route) return problem(404, reason_phrase(404), match.allow);
    auto parsed = parse(request);
    return parsed ? *parsed : problem(parsed.error());
}

/// All answers to `bytes`, given in pieces of at most `piece`.
std::string converse(std::string_view bytes, std::size_t piece) {
    static Telemetry telemetry;
    static RouteMetrics metrics(telemetry);
    static const ServerOptions options{.header_bytes_max = 1024, .header_fields_max = 16, .body_bytes_max = 2048, .target_bytes_max = 512};
    static const Server::Handler handler = handle;
    static const std::string date;
    static const std::atomic<bool> stopping{false};
    static const ConversationSetting setting{options, handler, metrics, date, stopping};
    Conversation conversation(setting);
    std::string answers;
    while (!bytes.empty() && !conversation.is_finished()) {
        auto space = conversation.space();
        auto size = std::min({bytes.size(), piece, space.size()});
        std::memcpy(space.data(), bytes.data(), size);
        conversation.received(size);
        bytes.remove_prefix(size);
        bool more = true;
        while (more) {
            more = conversation.answer_unread();
            answers += conversation.output().pending();
            conversation.output().mark_sent(conversation.output().pending().size());
        }
    }
    // Whether 100 Continue is said depends on whether the body is there already; no answer holds these words otherwise.
    constexpr std::string_view interim = "HTTP/1.1 100 Continue\r\n\r\n";
    for (auto at = answers.find(interim); at != std::string::npos; at = answers.find(interim, at)) answers.erase(at, interim.size());
    return answers;
}

}  // namespace
}  // namespace quoin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (quoin::converse(bytes, bytes.size()) != quoin::converse(bytes, 1)) std::abort();
    return 0;
}
