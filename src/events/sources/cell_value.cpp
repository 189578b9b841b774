#include "events/sources/cell_value.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/event_time.h"
#include "table/value_text.h"

namespace quoin {
namespace {

using Type = SourceValue::Type;

tl::unexpected<Error> refuse(const SourceValue& value, std::string_view found, std::string_view expected) {
    constexpr std::size_t shown_bytes = 60;
    auto shown = found.substr(0, utf8_length(found.substr(0, shown_bytes)));
    return fail_field(ErrorKind::invalid, value.name, "'{}' is '{}{}'; {} is expected", value.name, shown,
                      shown.size() < found.size() ? "…" : "", expected);
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

FieldValue in_other_words(std::string_view text, const SourceValue& value) {
    if (value.words.empty() && !value.otherwise) return FieldValue::text(text);
    auto word = value.words.find(lower(text));
    if (word != value.words.end()) return word->second.empty() ? FieldValue() : FieldValue::text(word->second);
    if (!value.otherwise) return FieldValue::text(text);
    return value.otherwise->empty() ? FieldValue() : FieldValue::text(*value.otherwise);
}

Result<FieldValue> truth(std::string_view text, const SourceValue& value) {
    constexpr std::array<std::string_view, 5> yes = {"true", "yes", "y", "t", "1"}, no = {"false", "no", "n", "f", "0"};
    auto word = lower(text);
    if (std::ranges::find(yes, word) != yes.end()) return FieldValue::truth(true);
    if (std::ranges::find(no, word) != no.end()) return FieldValue::truth(false);
    return refuse(value, text, "true or false");
}

/// Seconds or milliseconds since 1970 as microseconds; fractions count.
Result<FieldValue> unix_time(double count, const SourceValue& value) {
    constexpr double exact_us_max = 9007199254740992;  // 2^53
    double us = std::nearbyint(count * (value.type == Type::unix_seconds ? 1e6 : 1e3));
    if (!(std::abs(us) <= exact_us_max)) return refuse(value, number_text(count), "a time counted from 1970");
    return FieldValue::number(us);
}

}  // namespace

Result<FieldValue> read_text_value(std::string_view text, const SourceValue& value, TextArena& arena) {
    text = without_outer_spaces(text);
    if (text.empty() || std::ranges::find(value.missing, text) != value.missing.end()) return FieldValue();
    switch (value.type) {
        case Type::text: return in_other_words(arena.emplace_back(text), value);
        case Type::boolean: return truth(text, value);
        case Type::time: {
            auto time = parse_time(text);
            if (!time) return refuse(value, text, "a time such as 2024-01-15T10:30:00Z, or a date");
            return FieldValue::number(static_cast<double>(time->value()));
        }
        default: break;
    }
    auto number = parse_number(text);
    if (!number || !std::isfinite(*number)) return refuse(value, text, "a number");
    return value.type == Type::number ? FieldValue::number(*number) : unix_time(*number, value);
}

Result<FieldValue> read_cell(const SourceCell& cell, const SourceValue& value, TextArena& arena) {
    switch (cell.kind) {
        case SourceCell::Kind::missing: return FieldValue();
        case SourceCell::Kind::nested: return refuse(value, "a list or an object", "a single value");
        case SourceCell::Kind::text: return read_text_value(cell.text, value, arena);
        case SourceCell::Kind::truth:
            if (value.type == Type::boolean) return FieldValue::truth(cell.number != 0);
            return refuse(value, cell.number != 0 ? "true" : "false", "something else than a truth value");
        case SourceCell::Kind::number: break;
    }
    auto text = cell.text.empty() ? number_text(cell.number) : std::string(cell.text);
    bool is_missing = std::ranges::find(value.missing, text) != value.missing.end();
    if (is_missing) return FieldValue();
    if (value.type == Type::number) return FieldValue::number(cell.number);
    if (value.type == Type::unix_seconds || value.type == Type::unix_milliseconds) return unix_time(cell.number, value);
    return read_text_value(text, value, arena);  // 20240115 is a date, 1 is true, 7 is a text
}

}  // namespace quoin
