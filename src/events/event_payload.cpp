#include <algorithm>
#include <charconv>

#include "events/event_type.h"
#include "events/json_cursor.h"
#include "events/json_escape.h"

namespace quoin {
namespace {

constexpr std::size_t text_bytes_max = 1024;
constexpr double whole_max = 9007199254740992;  // 2^53: beyond, neighbouring integers are the same double

using Value = JsonCursor::Value;
using Kind = JsonCursor::Kind;

/// What was given, short enough for a message.
std::string shown(const Value& value) {
    constexpr std::size_t bytes_max = 60;
    auto text = value.text.substr(0, bytes_max);
    return fmt::format("'{}{}'", text, value.text.size() > bytes_max ? "…" : "");
}

tl::unexpected<Error> refuse(const EventField& field, const Value& value, std::string_view expected) {
    return fail_field(ErrorKind::invalid, field.name, "'{}' is {}; {} is expected", field.name, shown(value), expected);
}

Result<FieldValue> number_of(const EventField& field, const Value& value) {
    if (value.kind != Kind::number) return refuse(field, value, "a number");
    double number = 0;
    auto [end, code] = std::from_chars(value.text.data(), value.text.data() + value.text.size(), number);
    if (code != std::errc{}) return refuse(field, value, "a number that a double can hold");
    if (field.type == EventField::Type::integer && (number != std::floor(number) || std::abs(number) > whole_max))
        return refuse(field, value, "a whole number");
    if (field.lowest && number < *field.lowest) return refuse(field, value, fmt::format("{} or more", *field.lowest));
    if (field.highest && number > *field.highest) return refuse(field, value, fmt::format("{} or less", *field.highest));
    return FieldValue::number(number);
}

Result<FieldValue> truth_of(const EventField& field, const Value& value) {
    if (value.kind == Kind::truth) return FieldValue::truth(value.text == "true");
    if (value.kind == Kind::number && (value.text == "0" || value.text == "1")) return FieldValue::truth(value.text == "1");
    return refuse(field, value, "true or false");
}

Result<FieldValue> time_of(const EventField& field, const Value& value) {
    bool dated = value.kind == Kind::text && value.text.size() >= 10 && value.text[4] == '-';
    auto time = dated ? parse_time(value.text) : tl::unexpected(Error{});
    if (!time) return refuse(field, value, "a time such as 2024-01-15T10:30:00Z, or a date");
    return FieldValue::number(static_cast<double>(time->value()));
}

/// Texts with escapes are written out in `arena`, which must not move while others are added: it has room for `data_bytes` at once, and
/// more than std::string keeps within itself, so that a Record can be moved.
Result<FieldValue> decoded(const EventField& field, const Value& value, std::string& arena, std::size_t data_bytes) {
    switch (field.type) {
        case EventField::Type::number:
        case EventField::Type::integer: return number_of(field, value);
        case EventField::Type::boolean: return truth_of(field, value);
        case EventField::Type::time: return time_of(field, value);
        case EventField::Type::text: break;
    }
    if (value.kind != Kind::text) return refuse(field, value, "a text");
    auto text = value.text;
    if (value.has_escapes) {
        arena.reserve(std::max<std::size_t>(data_bytes, 64));
        auto start = arena.size();
        append_unescaped(value.text, arena);
        text = std::string_view(arena).substr(start);
    }
    if (text.size() > text_bytes_max) return refuse(field, value, fmt::format("a text of at most {} bytes", text_bytes_max));
    if (!field.one_of.empty() && std::ranges::find(field.one_of, text) == field.one_of.end())
        return refuse(field, value, fmt::format("one of {}", fmt::join(field.one_of, ", ")));
    return FieldValue::text(text);
}

}  // namespace

Status EventType::decode(std::string_view data, Record& record) const {
    record.fields.assign(fields.size(), FieldValue());
    record.arena.clear();
    JsonCursor cursor(data);
    std::string_view key;
    Value value;
    if (!cursor.enter_object()) return fail(ErrorKind::invalid, "the payload is no JSON object: {}", cursor.error());
    for (std::size_t expected = 0; cursor.next_member(key, value);) {
        // Producers write the fields in one order, mostly the declared one.
        bool is_next = expected < fields.size() && fields[expected].name == key;
        auto place = is_next ? static_cast<std::uint16_t>(expected) : slot(key);
        if (!place) continue;
        expected = *place + 1u;
        if (value.kind == Kind::null) continue;
        TRY(field, decoded(fields[*place], value, record.arena, data.size()));
        record.fields[*place] = field;
    }
    if (!cursor.finish()) return fail(ErrorKind::invalid, "the payload is no JSON: {}", cursor.error());
    for (std::size_t i = 0; i < fields.size(); ++i)
        if (fields[i].required && record.fields[i].is_null())
            return fail_field(ErrorKind::invalid, fields[i].name, "'{}' is missing; every {} has it", fields[i].name, name);
    return {};
}

}  // namespace quoin
