#include "events/ingest.h"
#include "events/json_escape.h"

namespace quoin {
namespace {

/// CloudEvents 1.0, "Type System": no control characters, well-formed UTF-8.
Status check_name(std::string_view attribute, std::string_view text, std::size_t bytes_max) {
    auto refuse = [&](std::string_view what) -> Status {
        return fail_field(ErrorKind::invalid, std::string(attribute), "the attribute '{}' {}", attribute, what);
    };
    if (text.size() > bytes_max) return refuse(fmt::format("has {} bytes; {} are allowed", text.size(), bytes_max));
    for (std::size_t i = 0; i < text.size();) {
        auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7f) return refuse("has a control character");
        auto length = byte < 0x80 ? 1 : utf8_sequence_length(text.substr(i, 4));
        if (length == 0) return refuse("is not UTF-8");
        i += length;
    }
    return {};
}

Status check_names(const Event& event) {
    namespace limits = event_limits;
    if (event.source.empty()) return fail_field(ErrorKind::invalid, "source", "the event has no source");
    if (event.id.empty()) return fail_field(ErrorKind::invalid, "id", "the event has no id");
    if (event.tenant.value().empty()) return fail_field(ErrorKind::invalid, "tenant", "the event's tenant is empty");
    TRY_VOID(check_name("source", event.source, limits::name_bytes));
    TRY_VOID(check_name("id", event.id, limits::name_bytes));
    TRY_VOID(check_name("type", event.type, limits::type_bytes));
    TRY_VOID(check_name("subject", event.subject, limits::name_bytes));
    TRY_VOID(check_name("tenant", event.tenant.value(), limits::tenant_bytes));
    if (event.data.size() > limits::data_bytes)
        return fail_field(ErrorKind::invalid, "data", "the payload has {} bytes; {} are allowed", event.data.size(), limits::data_bytes);
    return {};
}

Status check_time(const Event& event, const EventType& type, EventTime now) {
    if (event.time.is_missing()) return fail_field(ErrorKind::invalid, "time", "the event has no time");
    if (event.time > now + type.future)
        return fail_field(ErrorKind::invalid, "time", "the event's time {} is ahead of the clock, {}; {} may be ahead by {}",
                          to_text(event.time), to_text(now), type.name, to_text(type.future));
    if (!event.is_history && event.time < now - type.lateness)
        return fail_field(ErrorKind::invalid, "time", "the event's time {} is too far behind the clock, {}; {} may be late by {}",
                          to_text(event.time), to_text(now), type.name, to_text(type.lateness));
    if (event.is_history && event.known > now)
        return fail_field(ErrorKind::invalid, "known", "the event is history and was known at {}, which is ahead of the clock",
                          to_text(event.known));
    return {};
}

}  // namespace

Status check_event(const Event& event, const EventTypes& types, EventTime now, Record& scratch) {
    TRY_VOID(check_names(event));
    const auto* type = types.find(event.type);
    if (type == nullptr) return fail_field(ErrorKind::invalid, "type", "no event type '{}' is declared", event.type);
    TRY_VOID(check_time(event, *type, now));
    return type->decode(event.data, scratch);
}

}  // namespace quoin
