#include <boost/json.hpp>

#include "events/dead_letters.h"
#include "serving/endpoint.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t letters_max = 1000;

Status read_number(const json::value& value, std::string_view name, std::uint64_t& out) {
    if (!value.is_int64() || value.get_int64() < 1)
        return fail_field(ErrorKind::invalid, fmt::format("/{}", name), "'{}' must be a whole number from 1", name);
    out = static_cast<std::uint64_t>(value.get_int64());
    return {};
}

Status read_text(const json::value& value, std::string_view name, std::string& out) {
    if (!value.is_string()) return fail_field(ErrorKind::invalid, fmt::format("/{}", name), "'{}' must be a text", name);
    out = value.get_string();
    return {};
}

Result<DeadLetterFilter> filter_of(const json::value& body) {
    DeadLetterFilter filter{.letters_max = letters_max};
    if (!body.is_object()) return fail_field(ErrorKind::invalid, whole_body, "the request must be a JSON object, such as {{}}");
    for (const auto& [key, value] : body.get_object()) {
        std::string_view name = key;
        if (name == "first") {
            TRY_VOID(read_number(value, name, filter.first));
        } else if (name == "last") {
            TRY_VOID(read_number(value, name, filter.last));
        } else if (name == "type") {
            TRY_VOID(read_text(value, name, filter.type));
        } else if (name == "source") {
            TRY_VOID(read_text(value, name, filter.source));
        } else if (name == "reason") {
            TRY_VOID(read_text(value, name, filter.reason));
        } else {
            return fail_field(ErrorKind::invalid, fmt::format("/{}", name), "'{}' is unknown; first, last, type, source, reason are known",
                              name.substr(0, 60));
        }
    }
    return filter;
}

Result<Response> post(const Request& request, Service& service) {
    TRY(store, service.feature_store());
    TRY(body, json_body(request));
    TRY(filter, filter_of(body));
    TRY(letters, find_dead_letters(store->log(), filter));
    json::value next = letters.size() == letters_max ? json::value(letters.back().sequence + 1) : json::value(nullptr);
    auto batch = std::make_shared<EventLog::Batch>(replay_batch(std::move(letters)));
    Response response;
    response.later = [&ingest = store->ingest(), batch, next](const std::function<void(Response)>& answered) {
        ingest.submit(std::move(*batch), [answered, next](const Result<std::vector<Acceptance>>& outcome) {
            if (!outcome) return answered(problem(outcome.error()));
            auto report = replay_report(*outcome);
            answered(json_response(json::object{
                {"stored", report.stored}, {"duplicates", report.duplicates}, {"dead_letters", report.refused}, {"next", next}}));
        });
    };
    return response;
}

}  // namespace

EndpointEntry post_dead_letters_replay() {
    return {
        .method = "POST",
        .path = "/v1/events/dead-letters/replay",
        .tag = "Events",
        .summary = "Hand dead letters in once more",
        .description = "Against the event types of today; lateness is judged by the first arrival. What is stored now leaves the dead "
                       "letters in the same commit, so doing it twice changes nothing. At most 1000 at once: `next` is the number to go on "
                       "with as `first`, or null.",
        .request_schema = R"({"type": "object", "additionalProperties": false, "properties": {"first": {"type": "integer", "minimum": 1},
            "last": {"type": "integer", "minimum": 1}, "type": {"type": "string"}, "source": {"type": "string"},
            "reason": {"type": "string", "description": "a part of it"}}})",
        .request_example = R"({"type": "document.accessed"})",
        .response_schema = R"({"type": "object", "required": ["stored", "duplicates", "dead_letters", "next"], "properties":
            {"stored": {"type": "integer"}, "duplicates": {"type": "integer"}, "dead_letters": {"type": "integer"},
            "next": {"type": ["integer", "null"]}}})",
        .answer = post,
    };
}

}  // namespace quoin
