#include "events/transport_record.h"

#include <algorithm>
#include <charconv>

#include "events/cloud_event.h"
#include "events/json_cursor.h"
#include "events/json_escape.h"

namespace quoin {
namespace {

constexpr std::int64_t milliseconds_max = 253'402'300'799'999;  ///< the end of the year 9999

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

std::string text_of(const JsonCursor::Value& value) {
    std::string out;
    if (value.has_escapes) {
        append_unescaped(value.text, out);
    } else {
        out = value.text;
    }
    return out;
}

/// A name from a field: a text, or a whole number as it stands.
Result<std::string> name_from(const JsonCursor::Value& value, std::string_view field) {
    if (value.kind == JsonCursor::Kind::text) return text_of(value);
    if (value.kind == JsonCursor::Kind::number && value.text.find_first_of(".eE") == std::string_view::npos) return std::string(value.text);
    return fail(ErrorKind::invalid, "the field '{}' is neither a text nor a whole number", field);
}

Result<EventTime> time_from(const JsonCursor::Value& value, std::string_view field) {
    if (value.kind == JsonCursor::Kind::text) {
        auto time = parse_time(text_of(value));
        if (time) return time;
    }
    std::int64_t milliseconds = 0;
    auto [end, error] = std::from_chars(value.text.data(), value.text.data() + value.text.size(), milliseconds);
    bool whole = value.kind == JsonCursor::Kind::number && error == std::errc() && end == value.text.data() + value.text.size();
    if (!whole || milliseconds < -milliseconds_max || milliseconds > milliseconds_max)
        return fail(ErrorKind::invalid, "the field '{}' is '{}', which is no time: a text such as 2026-01-31T12:00:00Z, or milliseconds",
                    field, value.text.substr(0, 60));
    return EventTime{milliseconds * 1000};
}

}  // namespace

RecordReader::RecordReader(const TransportDeclaration& declaration)
    : transport_(fmt::format("/{}/{}", declaration.kind, declaration.name)), format_(declaration.format), json_(declaration.json),
      tenant_(declaration.tenant) {}

void RecordReader::read(const TransportRecord& record, EventLog::Batch& batch) const {
    auto event = event_of(record);
    if (event) {
        event->tenant = tenant_;
        batch.events.push_back(std::move(*event));
        return;
    }
    batch.refusals.push_back({batch.events.size(), event.error().message});
    batch.events.push_back({.source = transport_,
                            .id = record.place,
                            .type = json_.type,
                            .tenant = tenant_,
                            .time = record.timestamp.is_missing() ? EventTime{0} : record.timestamp,
                            .data = std::string(record.value.value_or(""))});
}

Result<Event> RecordReader::event_of(const TransportRecord& record) const {
    return format_ == TransportDeclaration::Format::json ? plain_event(record) : cloud_event(record);
}

Result<Event> RecordReader::plain_event(const TransportRecord& record) const {
    if (!record.value) return fail(ErrorKind::invalid, "the record has no value");
    Event event{
        .source = json_.source, .id = record.place, .type = json_.type, .time = record.timestamp, .data = std::string(*record.value)};
    JsonCursor cursor(*record.value);
    if (!cursor.enter_object()) return fail(ErrorKind::invalid, "the record is no JSON object");
    bool named = json_.id.empty(), timed = json_.time.empty();
    std::string_view key;
    for (JsonCursor::Value value; cursor.next_member(key, value);) {
        if (value.kind == JsonCursor::Kind::null) continue;
        if (key == json_.id) {
            TRY(id, name_from(value, key));
            event.id = std::move(id);
            named = true;
        }
        if (key == json_.time) {
            TRY(time, time_from(value, key));
            event.time = time;
            timed = true;
        }
        if (key == json_.subject) {
            TRY(subject, name_from(value, key));
            event.subject = std::move(subject);
        }
    }
    if (!cursor.finish()) return fail(ErrorKind::invalid, "the record is no JSON object: {}", cursor.error());
    if (!named) return fail(ErrorKind::invalid, "the record has no field '{}', which names it", json_.id);
    if (!timed) return fail(ErrorKind::invalid, "the record has no field '{}', which says when it happened", json_.time);
    return event;
}

/// Without the headers of the Kafka binding, as producers often write them, the value is one event in JSON format.
Result<Event> RecordReader::cloud_event(const TransportRecord& record) const {
    bool bound = std::ranges::any_of(record.headers, [](const auto& header) {
        auto name = lower(header.first);
        return name == "ce_specversion" || (name == "content-type" && lower(header.second).starts_with("application/cloudevents"));
    });
    if (bound) return read_kafka_event({.headers = record.headers, .body = record.value.value_or("")}, record.timestamp);
    if (!record.value) return fail(ErrorKind::invalid, "the record has no value");
    return read_json_event(*record.value, record.timestamp);
}

}  // namespace quoin
