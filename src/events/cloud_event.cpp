#include "events/cloud_event.h"

#include <algorithm>

#include "events/event_envelope.h"
#include "events/json_cursor.h"

namespace quoin {
namespace {

constexpr std::size_t batch_events_max = 10'000;
constexpr const char* structured = "application/cloudevents+json";
constexpr const char* batched = "application/cloudevents-batch+json";
constexpr const char* any_cloud_event = "application/cloudevents";
constexpr const char* whole_message = "body";

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::optional<std::string_view> header(const EventMessage& message, std::string_view name) {
    auto found = std::ranges::find_if(message.headers, [&](const auto& field) { return equal_ignoring_case(field.first, name); });
    if (found == message.headers.end()) return std::nullopt;
    return found->second;
}

std::string content_type(const EventMessage& message) { return media_type(header(message, "content-type").value_or("")); }

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// HTTP Protocol Binding 1.0.2, section 3.1.3.2: quotation marks around are taken off, then %XX is decoded once.
std::string header_decoded(std::string_view value) {
    std::string unquoted(value);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
        unquoted.clear();
        for (std::size_t i = 1; i + 1 < value.size(); ++i) {
            if (value[i] == '\\' && i + 2 < value.size()) ++i;
            unquoted += value[i];
        }
    }
    std::string decoded;
    for (std::size_t i = 0; i < unquoted.size(); ++i) {
        int high = unquoted[i] == '%' && i + 2 < unquoted.size() ? hex_value(unquoted[i + 1]) : -1;
        int low = high >= 0 ? hex_value(unquoted[i + 2]) : -1;
        decoded += low >= 0 ? static_cast<char>(high * 16 + low) : unquoted[i];
        if (low >= 0) i += 2;
    }
    return decoded;
}

Status check_version(std::string_view version) {
    if (version == "1.0") return {};
    return fail_field(ErrorKind::unsupported, "specversion", "the event has specversion '{}'; 1.0 is understood", version.substr(0, 20));
}

Status check_payload_type(std::string_view type) {
    if (is_json(type)) return {};
    return fail_field(ErrorKind::unsupported, "datacontenttype", "the payload has content type '{}'; payloads are JSON, application/json",
                      type.substr(0, 100));
}

Result<EventTime> time_of(const std::optional<std::string>& text, EventTime now) {
    if (!text) return now;
    auto time = text->size() >= 10 && (*text)[4] == '-' ? parse_time(*text) : tl::unexpected(Error{});
    if (!time)
        return fail_field(ErrorKind::invalid, "time", "'time' is '{}'; a time such as 2024-01-15T10:30:00Z is expected",
                          text->substr(0, 60));
    return *time;
}

Result<std::string> payload_of(const JsonMembers& members) {
    const auto* data = members.find("data");
    TRY(encoded, members.text("data_base64"));
    if (data != nullptr && encoded) return fail_field(ErrorKind::invalid, "data_base64", "the event has both data and data_base64");
    if (data != nullptr) {
        auto text = data->kind == JsonCursor::Kind::text ? fmt::format("\"{}\"", data->text) : std::string(data->text);
        return text;
    }
    if (!encoded) return std::string("{}");
    auto bytes = base64_decoded(*encoded);
    if (!bytes) return fail_field(ErrorKind::invalid, "data_base64", "'data_base64' is not base64");
    return std::move(*bytes);
}

/// Fills in the attributes as far as they can be read.
Status read_attributes(const JsonMembers& members, EventTime now, Event& event) {
    TRY(tenant, members.text("tenant"));
    if (tenant) event.tenant = TenantId{*tenant};
    TRY(source, members.required_text("source"));
    event.source = source;
    TRY(id, members.required_text("id"));
    event.id = id;
    TRY(type, members.required_text("type"));
    event.type = type;
    TRY(version, members.required_text("specversion"));
    TRY_VOID(check_version(version));
    TRY(subject, members.text("subject"));
    event.subject = subject.value_or("");
    TRY(time_text, members.text("time"));
    TRY(time, time_of(time_text, now));
    event.time = time;
    TRY(data_type, members.text("datacontenttype"));
    return check_payload_type(data_type.value_or("application/json"));
}

/// JSON Event Format 1.0.2.
ReadEvent structured_event(std::string_view text, EventTime now) {
    ReadEvent read;
    read.event.time = now;
    read.event.data = text;
    auto members = JsonMembers::read(text);
    Status status = members ? read_attributes(*members, now, read.event) : Status(tl::unexpected(members.error()));
    if (status) {
        auto payload = payload_of(*members);
        if (payload) {
            read.event.data = std::move(*payload);
        } else {
            status = tl::unexpected(payload.error());
        }
    }
    if (!status) read.refusal = std::move(status.error());
    return read;
}

Result<std::vector<ReadEvent>> batched_events(std::string_view body, EventTime now) {
    std::vector<ReadEvent> events;
    JsonCursor cursor(body);
    JsonCursor::Value item;
    if (cursor.enter_array()) {
        while (cursor.next_item(item)) {
            if (events.size() >= batch_events_max)
                return fail(ErrorKind::too_large, "the batch has more than {} events; send it in parts", batch_events_max);
            auto text = item.kind == JsonCursor::Kind::text ? fmt::format("\"{}\"", item.text) : std::string(item.text);
            events.push_back(structured_event(text, now));
        }
    }
    if (cursor.finish()) return events;
    return fail_field(ErrorKind::invalid, whole_message, "the batch is no JSON array: {}", cursor.error());
}

/// `prefix`: "ce-" with values that HTTP has encoded, or "ce_" with plain ones.
ReadEvent binary_event(const EventMessage& message, std::string_view prefix, EventTime now) {
    auto attribute = [&](std::string_view name) -> std::optional<std::string> {
        auto value = header(message, std::string(prefix) + std::string(name));
        if (!value) return std::nullopt;
        return prefix == "ce-" ? header_decoded(*value) : std::string(*value);
    };
    ReadEvent read;
    auto& event = read.event;
    event.source = attribute("source").value_or("");
    event.id = attribute("id").value_or("");
    event.type = attribute("type").value_or("");
    event.subject = attribute("subject").value_or("");
    if (auto tenant = attribute("tenant")) event.tenant = TenantId{std::move(*tenant)};
    event.data = message.body.empty() ? std::string("{}") : std::string(message.body);
    auto time = time_of(attribute("time"), now);
    event.time = time.value_or(now);
    auto status = check_version(attribute("specversion").value_or(""));
    if (status && !time) status = tl::unexpected(time.error());
    if (status && event.type.empty()) status = fail_field(ErrorKind::invalid, "type", "the event has no 'type'");
    if (status) status = check_payload_type(header(message, "content-type").value_or("application/json"));
    if (!status) read.refusal = std::move(status.error());
    return read;
}

ReadEvent tracked_event(std::string_view body, const EventTypes& types, EventTime now) {
    auto event = read_track_event(body, types, now);
    if (event) return {.event = std::move(*event), .refusal = {}};
    ReadEvent read{.event = {}, .refusal = std::move(event.error())};
    read.event.time = now;
    read.event.data = body;
    return read;
}

std::vector<ReadEvent> alone(ReadEvent read) {
    std::vector<ReadEvent> events;
    events.push_back(std::move(read));
    return events;
}

Result<Event> one(ReadEvent read) {
    if (read.refusal) return tl::unexpected(std::move(*read.refusal));
    return std::move(read.event);
}

}  // namespace

bool is_batch(const EventMessage& message) { return content_type(message) == batched; }

Result<std::vector<ReadEvent>> read_http_events(const EventMessage& message, const EventTypes& types, EventTime now) {
    auto type = content_type(message);
    if (type == batched) return batched_events(message.body, now);
    bool is_structured = type == structured;
    if (!is_structured && type.starts_with(any_cloud_event))
        return fail(ErrorKind::unsupported, "events in the format {} are not read; send {} or {}", type, structured, batched);
    if (!is_structured && header(message, "ce-specversion")) return alone(binary_event(message, "ce-", now));
    auto members = JsonMembers::read(message.body);
    if (!members) {
        bool is_none = !is_structured && !is_json(type) && !type.empty();
        return fail_field(ErrorKind::invalid, whole_message, "the request is {}; send {}, {}, or ce- headers with a JSON body",
                          is_none ? fmt::format("no CloudEvent but {}", type) : members.error().message, structured, batched);
    }
    if (is_structured || members->has("specversion")) return alone(structured_event(message.body, now));
    return alone(tracked_event(message.body, types, now));
}

Result<Event> read_kafka_event(const EventMessage& message, EventTime now) {
    auto type = content_type(message);
    if (type == structured) return one(structured_event(message.body, now));
    if (type.starts_with(any_cloud_event))
        return fail(ErrorKind::unsupported, "events in the format {} are not read; write {} or ce_ headers", type, structured);
    if (header(message, "ce_specversion")) return one(binary_event(message, "ce_", now));
    return fail(ErrorKind::invalid, "the record is no CloudEvent: it has neither ce_ headers nor the content-type {}", structured);
}

Result<Event> read_json_event(std::string_view text, EventTime now) { return one(structured_event(text, now)); }

}  // namespace quoin
