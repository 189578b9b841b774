#include <boost/json.hpp>

#include "serving/endpoint.h"
#include "serving/feature_json.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

namespace json = boost::json;

Result<EventTime> moment(const Request& request, const char* parameter, EventTime now) {
    auto text = request.query_parameter(parameter);
    auto time = parse_time(text);
    if (!time) return fail_field(ErrorKind::invalid, parameter, "{}", time.error().message);
    if (*time > now) return fail_field(ErrorKind::invalid, parameter, "'{}' lies in the future", text.substr(0, 60));
    if (*time < EventTime{0}) return fail_field(ErrorKind::invalid, parameter, "'{}' lies before 1970", text.substr(0, 60));
    return *time;
}

/// Off the event loop: it reads the whole log.
Result<Response> answer_past(const PastQuestion& question, FeatureStore& store) {
    TRY(answer, store.past().read(store.online().catalog(), question));
    auto document = to_json(answer.features, question.id, {"log", *answer.texts});
    if (question.knowledge) document["known_at"] = to_text(*question.knowledge);
    return json_response(document);
}

Result<Response> get_past(const Request& request, Service& service) {
    if (service.shared)
        return fail_field(ErrorKind::unsupported, "at", "shared stores hold no past; {}", service.shared->no_events_here().message);
    TRY(store, service.feature_store());
    EventTime now = store->log().now();
    PastQuestion question{
        .view = std::string(request.path_parameter("view")), .tenant = "default", .id = std::string(request.path_parameter("entity"))};
    TRY(at, moment(request, "at", now));
    question.at = at;
    if (!request.query_parameter("known_at").empty()) {
        TRY(knowledge, moment(request, "known_at", now));
        question.knowledge = knowledge;
    }
    auto answer = [question, store]() -> Response {
        auto made = answer_past(question, *store);
        return made ? std::move(*made) : problem(made.error());
    };
    return service.replays ? answered_by(*service.replays, answer) : answer();
}

Result<Response> get(const Request& request, Service& service) {
    if (!request.query_parameter("at").empty()) return get_past(request, service);
    if (!request.query_parameter("known_at").empty())
        return fail_field(ErrorKind::invalid, "known_at", "'known_at' says what was known of the moment 'at', which is not given");
    TRY(reader, service.feature_reader());
    std::string_view id = request.path_parameter("entity");
    FeatureReader::Question question{request.path_parameter("view"), "default", id, true};
    json::object document;
    TRY_VOID(reader->read({&question, 1}, [&](std::size_t, const FeatureAnswer& answer, const AnswerOrigin& origin) -> Status {
        document = to_json(answer, id, origin);
        return {};
    }));
    return json_response(document);
}

}  // namespace

EndpointEntry get_feature_values() {
    return {
        .method = "GET",
        .path = "/v1/features/{view}/{entity}",
        .tag = "Features",
        .summary = "An entity's features of one view, now or at a time",
        .description =
            "Each value with its status: PRESENT, NULL_VALUE, NOT_FOUND or OUTSIDE_MAX_AGE. `tier` is `memory`, or the shared store that "
            "held the entity's state (null: none did). `?at=2026-03-01T12:00:00Z` answers as of that moment, as it was or would have been "
            "served then, and `&known_at=` as known at another: later for hindsight. That reads the whole log (`tier` is `log`), some "
            "300,000 events a second; a log of more than 5 million events is 413, more than 20 s or four questions that wait are 503, and "
            "then "
            "`quoin features as-of` has no limit.",
        .response_schema =
            R"({"type": "object", "required": ["view", "entity", "entity_id", "at", "tier", "event_timestamp", "features"], "properties":
            {"view": {"type": "string"}, "entity": {"type": "string"}, "entity_id": {"type": "string"}, "at": {"type": "string"},
            "tier": {"type": ["string", "null"]}, "known_at": {"type": "string"},
            "event_timestamp": {"type": ["string", "null"]}, "features": {"type": "object", "additionalProperties": {"type": "object",
            "required": ["value", "status"], "properties": {"value": {}, "status": {"enum": ["PRESENT", "NULL_VALUE", "NOT_FOUND",
            "OUTSIDE_MAX_AGE"]}}}}}})",
        .answer = get,
        .reads_features = true,
    };
}

}  // namespace quoin
