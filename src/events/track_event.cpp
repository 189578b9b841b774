#include "base/digest.h"
#include "events/cloud_event.h"
#include "events/event_envelope.h"

namespace quoin {
namespace {

/// The field that holds the id of the entity the event is about.
Result<std::string> entity_field(const EventType& type, const std::optional<std::string>& entity) {
    if (entity) {
        auto found = type.entities.find(*entity);
        if (found != type.entities.end()) return found->second;
        return fail_field(ErrorKind::invalid, "entityType", "'{}' events are not about a '{}'", type.name, *entity);
    }
    if (type.entities.size() == 1) return type.entities.begin()->second;
    std::vector<std::string> names;
    for (const auto& [name, field] : type.entities) names.push_back(name);
    return fail_field(ErrorKind::invalid, "entityType", "'{}' events are about several entities; say which with entityType: {}", type.name,
                      fmt::join(names, ", "));
}

/// The properties with one more field, unless they have it.
Result<std::string> with_field(std::string_view properties, const std::string& field, std::string_view text_raw) {
    TRY(members, JsonMembers::read(properties));
    if (members.has(field)) return std::string(properties);
    auto rest = properties.substr(properties.find('{') + 1);
    bool is_empty = rest.find_first_not_of(" \t\r\n") == rest.find('}');
    return fmt::format("{{\"{}\":\"{}\"{}{}", field, text_raw, is_empty ? "" : ",", rest);
}

Result<EventTime> track_time(const JsonMembers& members, EventTime now) {
    TRY(text, members.text("timestamp"));
    if (!text) return now;
    auto time = text->size() >= 10 && (*text)[4] == '-' ? parse_time(*text) : tl::unexpected(Error{});
    if (!time)
        return fail_field(ErrorKind::invalid, "timestamp", "'timestamp' is '{}'; a time such as 2024-01-15T10:30:00 is expected",
                          text->substr(0, 60));
    return *time;
}

}  // namespace

Result<Event> read_track_event(std::string_view body, const EventTypes& types, EventTime now) {
    auto read = JsonMembers::read(body);
    if (!read) return fail_field(ErrorKind::invalid, "body", "the body is {}", read.error().message);
    const auto& members = *read;
    Event event;
    TRY(type_name, members.required_text("eventType"));
    TRY(source, members.text("source"));
    TRY(id, members.text("eventId"));
    TRY(tenant, members.text("tenant"));
    TRY(entity_type, members.text("entityType"));
    TRY(entity_id, members.text("entityId"));
    TRY(time, track_time(members, now));
    const auto* properties = members.find("properties");
    if (properties != nullptr && properties->kind != JsonCursor::Kind::object)
        return fail_field(ErrorKind::invalid, "properties", "'properties' must be a JSON object");
    event.type = type_name;
    event.source = source && !source->empty() ? *source : "api";
    event.id = id && !id->empty() ? *id : sha256_hex(body).substr(0, 32);
    if (tenant) event.tenant = TenantId{*tenant};
    event.subject = entity_id.value_or("");
    event.time = time;
    event.data = properties != nullptr ? properties->text : "{}";
    const auto* type = types.find(event.type);
    if (type == nullptr || !entity_id) return event;  // Ingest says what is missing
    TRY(field, entity_field(*type, entity_type));
    TRY(data, with_field(event.data, field, members.find("entityId")->text));
    event.data = std::move(data);
    return event;
}

}  // namespace quoin
