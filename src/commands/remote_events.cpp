#include "commands/remote_events.h"

#include <boost/json.hpp>

#include "base/clock.h"
#include "base/json.h"
#include "events/event_json.h"
#include "remote/retrying_http.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t events_at_once = 1000;

/// One request and its outcomes, in order.
Result<std::vector<Acceptance>> posted(const HttpClient& client, const std::string& url, std::span<const Event> events) {
    json::array array;
    for (const auto& event : events) array.push_back(event_json(event));
    auto body = json_text(array);
    HttpRequest request{.method = "POST", .url = url, .headers = {{"Content-Type", "application/cloudevents-batch+json"}}, .body = body};
    TRY(response, send_retrying(client, request, {}, Rng(static_cast<std::uint64_t>(system_clock().now().value()))));
    auto answer = parse_json(response.body);
    if (!response.is_success() || !answer)
        return fail(response.status == 503 ? ErrorKind::unavailable : ErrorKind::invalid, "'{}' answered {}: {}", url, response.status,
                    response.body.substr(0, 300));
    std::vector<Acceptance> outcomes;
    const auto* list = answer->is_object() ? answer->get_object().if_contains("events") : nullptr;
    if (list == nullptr || !list->is_array() || list->get_array().size() != events.size())
        return fail(ErrorKind::invalid, "'{}' does not answer as /v1/events does: {}", url, response.body.substr(0, 300));
    for (const auto& one : list->get_array()) {
        auto outcome = one.is_object() && one.get_object().contains("outcome") ? one.at("outcome") : json::value();
        auto& acceptance = outcomes.emplace_back();
        if (outcome == "duplicate") acceptance.outcome = Acceptance::Outcome::duplicate;
        if (outcome == "dead_letter") acceptance.outcome = Acceptance::Outcome::dead_letter;
    }
    return outcomes;
}

}  // namespace

EventSink remote_event_sink(const std::string& url) {
    auto client = std::make_shared<HttpClient>();
    auto submit = [client, target = url + "/v1/events"](EventLog::Batch batch) -> Result<std::vector<Acceptance>> {
        std::vector<Acceptance> outcomes;
        for (auto refusal = batch.refusals.rbegin(); refusal != batch.refusals.rend(); ++refusal)
            batch.events.erase(batch.events.begin() + static_cast<std::ptrdiff_t>(refusal->event));
        for (const auto& refusal : batch.refusals) {
            fmt::print(stderr, "not sent: {}\n", refusal.reason);
            outcomes.push_back({Acceptance::Outcome::dead_letter, 0, refusal.reason});
        }
        std::span<const Event> rest = batch.events;
        while (!rest.empty()) {
            auto part = rest.first(std::min(rest.size(), events_at_once));
            TRY(answered, posted(*client, target, part));
            outcomes.insert(outcomes.end(), answered.begin(), answered.end());
            rest = rest.subspan(part.size());
        }
        return outcomes;
    };
    return {submit, [](const std::string&) -> Result<std::string> { return std::string(); }, [] { return system_clock().now(); }};
}

}  // namespace quoin
