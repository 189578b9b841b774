#include "events/event_rows.h"

#include <algorithm>
#include <charconv>

#include "base/digest.h"
#include "events/json_escape.h"

namespace quoin {
namespace {

/// RFC 3339 with microseconds where there are any.
std::string full_text(EventTime time) {
    auto micros = ((time.value() % 1'000'000) + 1'000'000) % 1'000'000;
    auto seconds = to_text(EventTime{time.value() - micros});
    if (micros == 0) return seconds;
    seconds.pop_back();
    return fmt::format("{}.{:06}Z", seconds, micros);
}

bool is_number(std::string_view text) {
    double number = 0;
    auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    bool starts_well = !text.empty() &&
                       (text[0] == '-' ? text.size() > 1 && text[1] >= '0' && text[1] <= '9' : text[0] >= '0' && text[0] <= '9');
    return starts_well && code == std::errc{} && end == text.data() + text.size();
}

void append_text(std::string_view text, std::string& out) {
    out += '"';
    append_escaped(text, out);
    out += '"';
}

/// A cell as JSON. What does not fit the field is written as it stands there, so that the check says so.
void append_cell(const Column& column, std::size_t row, const EventField* field, std::string& out) {
    if (column.kind() == ColumnKind::number) {
        fmt::format_to(std::back_inserter(out), "{}", column.numbers()[row]);
    } else if (column.kind() == ColumnKind::time) {
        append_text(full_text(column.times()[row]), out);
    } else {
        const auto& text = column.categories().levels[static_cast<std::size_t>(column.categories().codes[row])];
        bool numeric = field != nullptr && field->type != EventField::Type::text && field->type != EventField::Type::time;
        bool is_truth = field != nullptr && field->type == EventField::Type::boolean && (text == "true" || text == "false");
        if (is_truth || (numeric && is_number(text))) {
            double number = 0;
            std::from_chars(text.data(), text.data() + text.size(), number);
            out += is_truth ? text : fmt::format("{}", number);
        } else {
            append_text(text, out);
        }
    }
}

const EventField* field_of(const EventType* type, std::string_view name) {
    if (type == nullptr) return nullptr;
    auto slot = type->slot(name);
    return slot ? &type->fields[*slot] : nullptr;
}

}  // namespace

std::string content_id(const Event& event) {
    return sha256_hex(fmt::format("{}\n{}\n{}", event.type, event.time.value(), event.data)).substr(0, 32);
}

Event blank_event(const EventFile& file) {
    Event event;
    event.source = file.source.empty() ? "/files/" + file.path.filename().string() : file.source;
    event.type = file.type;
    event.tenant = file.tenant;
    event.is_history = file.is_history;
    event.time = EventTime::missing();
    return event;
}

ReadOptions EventRows::read_options(const EventFile& file, const EventType* type) {
    ReadOptions options;
    auto text = [&](const std::string& name) {
        auto same = [&](const ColumnSpec& spec) { return spec.name == name; };
        if (!name.empty() && std::ranges::none_of(options.columns, same)) options.columns.push_back({name, ColumnKind::category, false});
    };
    text(file.id);
    if (type == nullptr) return options;
    for (const auto& field : type->fields)
        if (field.type == EventField::Type::text) text(field.name);
    return options;
}

Result<EventRows> EventRows::make(const EventFile& file, const EventType* type, const Table& first) {
    EventRows rows(file, type);
    for (const auto& [option, name] : {std::pair{"--id", file.id}, {"--time", file.time}, {"--known", file.known}}) {
        if (name.empty() || first.find(name) != nullptr) continue;
        auto error = first.column(name).error();
        return fail_field(ErrorKind::invalid, option, "{}: {}", option, error.message);
    }
    bool has_any = false;
    for (const auto& column : first.columns()) {
        bool is_used = type == nullptr || field_of(type, column.name) != nullptr;
        has_any |= is_used;
        bool is_named = column.name == file.id || column.name == file.time || column.name == file.known;
        if (!is_used && !is_named) rows.ignored_.push_back(column.name);
    }
    if (!has_any)
        return fail_field(ErrorKind::invalid, "--type", "no column of '{}' is a field of {}; it has the columns {}", file.path.string(),
                          file.type, fmt::join(rows.ignored_, ", "));
    return rows;
}

std::string EventRows::payload(const Table& table, std::size_t row) const {
    std::string data = "{";
    for (const auto& column : table.columns()) {
        const auto* field = field_of(type_, column.name);
        if ((type_ != nullptr && field == nullptr) || column.is_missing(row)) continue;
        if (data.size() > 1) data += ',';
        append_text(column.name, data);
        data += ':';
        append_cell(column, row, field, data);
    }
    return data + "}";
}

Result<EventTime> EventRows::time_at(const Table& table, std::size_t row, const std::string& name) const {
    const auto* column = table.find(name);
    if (column == nullptr || column->is_missing(row)) return fail_field(ErrorKind::invalid, name, "has no '{}'", name);
    if (column->kind() == ColumnKind::time) return column->times()[row];
    auto text = column->text(row);
    auto time = parse_time(text);
    if (column->kind() == ColumnKind::category && time) return *time;
    return fail_field(ErrorKind::invalid, name, "has '{}' in '{}', which is no time such as 2024-01-15T10:30:00Z", text.substr(0, 40),
                      name);
}

void EventRows::append(const Table& table, std::size_t row, std::uint64_t number, EventLog::Batch& batch) const {
    auto event = blank_event(file_);
    std::string reason;
    event.data = payload(table, row);
    if (!file_.time.empty()) {
        auto time = time_at(table, row, file_.time);
        event.time = time.value_or(EventTime::missing());
        if (!time) reason = time.error().message;
    }
    if (!file_.known.empty() && reason.empty()) {
        auto known = time_at(table, row, file_.known);
        event.known = known.value_or(EventTime::missing());
        if (!known) reason = known.error().message;
    }
    const auto* id = file_.id.empty() ? nullptr : table.find(file_.id);
    if (id != nullptr && id->is_missing(row) && reason.empty()) reason = fmt::format("has no '{}'", file_.id);
    event.id = id != nullptr && !id->is_missing(row) ? id->text(row) : content_id(event);
    if (!reason.empty()) batch.refusals.push_back({batch.events.size(), fmt::format("row {} {}", number, reason)});
    batch.events.push_back(std::move(event));
}

}  // namespace quoin
