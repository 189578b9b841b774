// What becomes of the records of a source: the sections records, read and event of its declaration.

#include <algorithm>
#include <array>

#include "events/sources/declaration_sections.h"

namespace quoin::source_sections {
namespace {

constexpr std::size_t values_max = 256;
constexpr std::array<std::string_view, 3> format_names = {"json", "ndjson", "csv"};
constexpr std::array<std::string_view, 6> type_names = {"text", "number", "boolean", "time", "unix_seconds", "unix_milliseconds"};
/// Names that the source itself gives values to.
constexpr std::array<std::string_view, 3> given_names = {"since", "polled", "file"};

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

/// The one of at, text, value, repeats and previous that is there.
Status read_origin(YamlKeys& keys, SourceValue& value) {
    constexpr std::array<std::string_view, 5> origins = {"at", "text", "value", "repeats", "previous"};
    int found = 0;
    for (std::size_t i = 0; i < origins.size(); ++i) {
        if (keys.node(origins[i]) == nullptr) continue;
        ++found;
        value.from = static_cast<SourceValue::From>(i);
        TRY_VOID(keys.text(origins[i], value.content));
    }
    if (found == 1) return {};
    return fail_field(ErrorKind::invalid, value.name,
                      "{}: '{}' needs exactly one of at (a path or column), text, value, repeats and previous", keys.place(), value.name);
}

Status read_words(YamlKeys& keys, SourceValue& value) {
    std::vector<std::pair<std::string, DeclaredText>> words;
    TRY_VOID(read_texts(keys, "words", words));
    for (const auto& [word, becomes] : words) value.words[lower(word)] = becomes.text;
    std::string otherwise;
    TRY_VOID(keys.text("otherwise", otherwise));
    if (keys.has("otherwise")) value.otherwise = otherwise;
    if (value.words.empty() && !value.otherwise) return {};
    if (value.type != SourceValue::Type::text || value.from == SourceValue::From::value)
        return fail_field(ErrorKind::invalid, value.name, "{}: 'words' and 'otherwise' are for texts that are read", keys.place());
    return {};
}

Status read_value(const Yaml& node, std::string_view where, SourceValue& value) {
    value.line = node.line;
    if (node.kind == Yaml::Kind::scalar) {  // name: /path
        value.content = node.scalar;
        return {};
    }
    TRY(keys, YamlKeys::of(node, std::string(where)));
    std::string type = "text";
    TRY_VOID(read_origin(keys, value));
    TRY_VOID(keys.text("type", type));
    TRY_VOID(keys.texts("missing", value.missing));
    auto found = std::ranges::find(type_names, type);
    if (found == type_names.end())
        return fail_field(ErrorKind::invalid, "type", "{}: '{}' is no type of a value; known are {}", keys.place("type"), type,
                          fmt::join(type_names, ", "));
    value.type = static_cast<SourceValue::Type>(found - type_names.begin());
    bool compares = value.from == SourceValue::From::repeats || value.from == SourceValue::From::previous;
    if (compares && keys.has("type"))
        return fail_field(ErrorKind::invalid, value.name, "{}: what repeats is true or false, what was previous a number",
                          keys.place("type"));
    if (compares) value.type = value.from == SourceValue::From::repeats ? SourceValue::Type::boolean : SourceValue::Type::number;
    if (value.from == SourceValue::From::previous) TRY_VOID(keys.text("per", value.per));
    TRY_VOID(read_words(keys, value));
    return keys.nothing_else();
}

}  // namespace

Status read_records(const Yaml& node, std::string_view where, RecordTerms& records) {
    TRY(keys, YamlKeys::of(node, std::string(where)));
    std::string format, delimiter = ",";
    TRY_VOID(keys.text("format", format, true));
    TRY_VOID(read_text(keys, "at", records.at));
    TRY_VOID(read_whole(keys, "skip", {0, 1000}, records.skip));
    TRY_VOID(keys.text("delimiter", delimiter));
    TRY_VOID(keys.text("each_item_of", records.each_item));
    TRY_VOID(keys.nothing_else());
    auto found = std::ranges::find(format_names, format);
    if (format == "xml")
        return fail_field(ErrorKind::unsupported, "format",
                          "{}: XML is not read; every provider of the catalog offers JSON or CSV, and so do most feeds (JSON Feed)",
                          keys.place("format"));
    if (found == format_names.end())
        return fail_field(ErrorKind::invalid, "format", "{}: '{}' is no format; known are {}", keys.place("format"), format,
                          fmt::join(format_names, ", "));
    records.format = static_cast<RecordFormat>(found - format_names.begin());
    bool is_csv = records.format == RecordFormat::csv;
    if (!is_csv && (keys.has("delimiter") || keys.has("each_item_of")))
        return fail_field(ErrorKind::invalid, "format", "{}: 'delimiter' and 'each_item_of' are for csv", keys.place());
    if (records.format != RecordFormat::json && keys.has("at"))
        return fail_field(ErrorKind::invalid, "at", "{}: only json has places in it; a record of {} is a line", keys.place("at"), format);
    if (delimiter == "\\t" || delimiter == "tab") delimiter = "\t";
    if (delimiter.size() != 1 || delimiter.find_first_of("\"\r\n") != std::string::npos)
        return fail_field(ErrorKind::invalid, "delimiter", "{}: '{}' is no single character; write , or ; or tab", keys.place("delimiter"),
                          delimiter);
    records.delimiter = delimiter[0];
    return {};
}

Status read_values(const Yaml& node, std::string_view where, std::vector<SourceValue>& values) {
    auto refuse = [&](std::size_t line, std::string_view name, std::string_view what) -> Status {
        return fail_field(ErrorKind::invalid, std::string(name), "{}, line {}: {}", where, line, what);
    };
    if (node.kind != Yaml::Kind::map || node.entries.empty() || node.entries.size() > values_max)
        return refuse(node.line, "read", fmt::format("'read' must be 1 to {} lines 'name: path'", values_max));
    for (const auto& [name, entry] : node.entries) {
        if (!is_word(name)) return refuse(entry.line, name, fmt::format("'{}' must have lower-case letters, digits and _ only", name));
        if (std::ranges::find(given_names, name) != given_names.end())
            return refuse(entry.line, name, fmt::format("'{}' is given by the source itself; choose another name", name));
        SourceValue value{.name = name};
        TRY_VOID(read_value(entry, where, value));
        values.push_back(std::move(value));
    }
    return {};
}

Status read_event(const Yaml& node, std::string_view where, EventTerms& event) {
    TRY(keys, YamlKeys::of(node, std::string(where)));
    TRY_VOID(read_text(keys, "id", event.id, true));
    TRY_VOID(read_text(keys, "subject", event.subject));
    TRY_VOID(read_text(keys, "time", event.time, true));
    TRY_VOID(read_text(keys, "known", event.known));
    TRY_VOID(read_text(keys, "where", event.where));
    TRY_VOID(read_texts(keys, "data", event.data));
    TRY_VOID(keys.nothing_else());
    if (event.data.empty())
        return fail_field(ErrorKind::invalid, "data", "{}: 'data' must say what goes into the event's fields", keys.place());
    return {};
}

}  // namespace quoin::source_sections
