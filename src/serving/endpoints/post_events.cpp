#include <boost/json.hpp>

#include "events/cloud_event.h"
#include "events/event_json.h"
#include "serving/endpoint.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

namespace json = boost::json;

EventLog::Batch batch_of(std::vector<ReadEvent> read) {
    EventLog::Batch batch;
    for (std::size_t i = 0; i < read.size(); ++i) {
        batch.events.push_back(std::move(read[i].event));
        if (read[i].refusal) batch.refusals.push_back({i, std::move(read[i].refusal->message)});
    }
    return batch;
}

json::object outcome_json(const Acceptance& acceptance) {
    json::object object{{"outcome", name_of(acceptance.outcome)}};
    object[acceptance.outcome == Acceptance::Outcome::dead_letter ? "dead_letter" : "sequence"] = acceptance.sequence;
    if (!acceptance.reason.empty()) object["reason"] = acceptance.reason;
    return object;
}

Response answer_one(const Acceptance& acceptance) {
    if (acceptance.outcome != Acceptance::Outcome::dead_letter) return json_response(outcome_json(acceptance));
    auto document = problem_object(Error{ErrorKind::invalid, acceptance.reason, {}});
    document["dead_letter"] = acceptance.sequence;
    auto response = json_response(document, 422);
    response.content_type = "application/problem+json";
    return response;
}

Response answer_batch(const std::vector<Acceptance>& acceptances) {
    std::uint64_t stored = 0, duplicates = 0, dead_letters = 0;
    json::array events;
    for (const auto& acceptance : acceptances) {
        stored += acceptance.outcome == Acceptance::Outcome::stored;
        duplicates += acceptance.outcome == Acceptance::Outcome::duplicate;
        dead_letters += acceptance.outcome == Acceptance::Outcome::dead_letter;
        events.push_back(outcome_json(acceptance));
    }
    return json_response(
        json::object{{"stored", stored}, {"duplicates", duplicates}, {"dead_letters", dead_letters}, {"events", std::move(events)}});
}

Result<Response> post(const Request& request, Service& service) {
    TRY(store, service.feature_store());
    auto& ingest = store->ingest();
    EventMessage message{.headers = request.headers, .body = request.body};
    auto read = read_http_events(message, *ingest.types(), ingest.log().now());
    if (!read && read.error().kind == ErrorKind::unsupported) return problem(415, reason_phrase(415), read.error().message);
    if (!read) return tl::unexpected(std::move(read.error()));
    auto batch = std::make_shared<EventLog::Batch>(batch_of(std::move(*read)));
    Response response;
    response.later = [&ingest, batch, batched = is_batch(message)](const std::function<void(Response)>& answered) {
        ingest.submit(std::move(*batch), [answered, batched](const Result<std::vector<Acceptance>>& outcome) {
            if (!outcome) return answered(problem(outcome.error()));
            answered(batched ? answer_batch(*outcome) : answer_one(outcome->front()));
        });
    };
    return response;
}

}  // namespace

EndpointEntry post_events() {
    return {
        .method = "POST",
        .path = "/v1/events",
        .tag = "Events",
        .summary = "Events as CloudEvents 1.0, or as a tracker sends them",
        .description =
            "Structured (`application/cloudevents+json`), batched (`application/cloudevents-batch+json`, at most 10,000) or binary "
            "(`ce-` headers and a JSON body); also the body `{\"timestamp\", \"eventType\", \"entityId\", \"properties\", \"source\"}`. "
            "The answer comes when the events are on disk. An event is named by `tenant`, `source` and `id`: sent twice, it is a "
            "`duplicate` and changes nothing, so a request without an answer can be repeated. What its type does not allow is kept as a "
            "dead letter: 422 for a single event, an outcome with its `reason` in a batch, whose answer is 200.",
        .request_schema = R"({"$ref": "#/components/schemas/CloudEvent"})",
        .request_example =
            R"({"specversion": "1.0", "type": "document.accessed", "source": "/web", "id": "7f3c",
                "data": {"user_id": "user_123", "document_id": "doc_1", "document_type": "deed", "seconds": 40}})",
        .response_schema = R"({"oneOf": [{"$ref": "#/components/schemas/EventOutcome"}, {"type": "object",
            "required": ["stored", "duplicates", "dead_letters", "events"], "properties": {"stored": {"type": "integer"},
            "duplicates": {"type": "integer"}, "dead_letters": {"type": "integer"},
            "events": {"type": "array", "items": {"$ref": "#/components/schemas/EventOutcome"}}}}]})",
        .answer = post,
    };
}

}  // namespace quoin
