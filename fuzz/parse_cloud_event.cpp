// Any bytes as a CloudEvent, in every mode of HTTP and Kafka: read or refused with a reason, and what is read as JSON is judged as the
// parser of JSON judges it.

#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"
#include "events/cloud_event.h"
#include "events/json_cursor.h"

namespace {

using quoin::EventMessage;
constexpr quoin::EventTime now{1'700'000'000'000'000};

const quoin::EventTypes& types() {
    static const auto
        declared = quoin::EventType::parse("type: t\ndescription: d\nentities: {user: u}\nfields: {u: {type: text}}\n", "fuzz").value();
    static const auto all = quoin::EventTypes::of({declared}).value();
    return all;
}

void read_in_mode(std::string_view content_type, std::string_view body) {
    std::pair<std::string_view, std::string_view> headers[] = {{"content-type", content_type}};
    auto read = quoin::read_http_events({.headers = headers, .body = body}, types(), now);
    if (!read && read.error().message.empty()) std::abort();
    if (read) {
        for (const auto& one : *read)
            if (!one.refusal && (one.event.id.empty() || one.event.source.empty() || one.event.type.empty())) std::abort();
    }
    (void)quoin::read_kafka_event({.headers = headers, .body = body}, now);
}

/// The first line is an attribute, the second another; the rest is the payload.
void read_as_headers(std::string_view text) {
    auto first = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), first.size() + 1));
    auto second = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), second.size() + 1));
    std::pair<std::string_view, std::string_view> http[] = {{"ce-specversion", "1.0"}, {"ce-id", first}, {"ce-time", second}};
    std::pair<std::string_view, std::string_view> kafka[] = {{"ce_specversion", "1.0"}, {"ce_id", first}, {"content-type", second}};
    (void)quoin::read_http_events({.headers = http, .body = text}, types(), now);
    (void)quoin::read_kafka_event({.headers = kafka, .body = text}, now);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    read_in_mode("application/cloudevents+json", text);
    read_in_mode("application/cloudevents-batch+json", text);
    read_as_headers(text);
    (void)quoin::read_track_event(text, types(), now);
    quoin::Record record;
    (void)types().find("t")->decode(text, record);
    quoin::JsonCursor cursor(text);
    quoin::JsonCursor::Value value;
    if (cursor.read_whole(value) != quoin::parse_json(text).has_value()) std::abort();
    return 0;
}
