#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/event.h"
#include "events/event_type.h"

namespace quoin {

/// One message as a transport brought it. Nothing is owned. Header names in any case.
struct EventMessage {
    std::span<const std::pair<std::string_view, std::string_view>> headers;  ///< `content-type` among them
    std::string_view body;
};

/// An event of a message, or why it is none. A refused one holds what could be read, and as `data` its own text as it came.
struct ReadEvent {
    Event event;
    std::optional<Error> refusal;
};

/// What is posted over HTTP: CloudEvents 1.0 (HTTP Protocol Binding 1.0.2), structured (`application/cloudevents+json`), batched
/// (`application/cloudevents-batch+json`, one result per element) or binary (`ce-…` headers, percent-decoded); and plain JSON, which is
/// a structured event if it has a `specversion`, else a tracker's body. Payloads are JSON objects; a missing `time` becomes `now`; the
/// extension attribute `tenant` is the tenant. What the attributes hold is checked by Ingest.
/// Error, for the message as a whole: invalid (field `body`: not JSON; another content type), unsupported (another event format),
/// too_large (more than 10,000 events).
Result<std::vector<ReadEvent>> read_http_events(const EventMessage& message, const EventTypes& types, EventTime now);
/// True if the message is a batch, which is answered element by element.
bool is_batch(const EventMessage& message);

/// The same over Kafka (Kafka Protocol Binding 1.0.2), for one record: structured by `content-type`, binary by `ce_…` headers. Error:
/// invalid, unsupported.
Result<Event> read_kafka_event(const EventMessage& message, EventTime now);

/// One event in JSON format by itself, as a line of a file or a field of a stream. Error: invalid, unsupported.
Result<Event> read_json_event(std::string_view text, EventTime now);

/// The body that existing trackers send: {"timestamp", "eventType", "entityId", "properties": {…}, "source"}; optional "eventId", "tenant"
/// and "entityType". `entityId` goes into the field of the payload that the type names for its entity (for `entityType`, if it names
/// several), unless it is there; without an eventId the body itself names the event, so that a retry is a duplicate. Times without a zone
/// are UTC. Error: invalid.
Result<Event> read_track_event(std::string_view body, const EventTypes& types, EventTime now);

}  // namespace quoin
