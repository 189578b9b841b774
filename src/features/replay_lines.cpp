#include "features/replay_lines.h"

#include <bit>
#include <boost/json.hpp>
#include <charconv>

#include "base/json.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;

Result<std::string> text_member(const json::object& object, const char* name, const char* otherwise = nullptr) {
    const json::value* found = object.if_contains(name);
    if (!found || found->is_null()) {
        if (otherwise) return std::string(otherwise);
        return fail_field(ErrorKind::invalid, name, "'{}' is missing", name);
    }
    if (found->is_string()) return std::string(found->get_string());
    if (found->is_int64()) return fmt::to_string(found->get_int64());
    return fail_field(ErrorKind::invalid, name, "'{}' must be a text, not {}", name, json_text(*found));
}

Result<EventTime> time_member(const json::object& object, const char* name) {
    const json::value* found = object.if_contains(name);
    if (found && found->is_int64()) return EventTime{found->get_int64()};
    if (found && found->is_string()) {
        auto parsed = parse_time(std::string_view(found->get_string().data(), found->get_string().size()));
        if (parsed) return *parsed;
    }
    return fail_field(ErrorKind::invalid, name, "'{}' must be whole microseconds since 1970 or a time such as 2026-01-15T10:30:00Z, not {}",
                      name, found ? json_text(*found) : "nothing");
}

Result<std::optional<std::uint64_t>> count_member(const json::object& object, const char* name) {
    const json::value* found = object.if_contains(name);
    if (!found || found->is_null()) return std::optional<std::uint64_t>();
    if (found->is_int64() && found->get_int64() >= 0) return std::optional(static_cast<std::uint64_t>(found->get_int64()));
    if (found->is_uint64()) return std::optional(found->get_uint64());
    return fail_field(ErrorKind::invalid, name, "'{}' must be a whole number, not {}", name, json_text(*found));
}

std::string bits_text(double number) { return fmt::format("{:016x}", std::bit_cast<std::uint64_t>(number)); }

Result<double> read_bits(const json::value& value) {
    std::uint64_t bits = 0;
    if (value.is_string()) {
        const auto& text = value.get_string();
        auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), bits, 16);
        if (text.size() == 16 && code == std::errc{} && end == text.data() + text.size()) return std::bit_cast<double>(bits);
    }
    return fail(ErrorKind::invalid, "a number of a row must be 16 hexadecimal digits, not {}", json_text(value));
}

json::value number_json(double number, bool as_numbers) { return as_numbers ? json::value(number) : json::value(bits_text(number)); }

}  // namespace

Result<KeyedLine> read_keyed_line(std::string_view line) {
    auto first = line.find('\t');
    auto second = first == std::string_view::npos ? first : line.find('\t', first + 1);
    if (second == std::string_view::npos)
        return fail(ErrorKind::invalid,
                    "a line must be a key, an order and a JSON object, with tabs between them; 'quoin features replay --keys' "
                    "makes such lines");
    return KeyedLine{line.substr(0, first), line.substr(first + 1, second - first - 1), line.substr(second + 1)};
}

void append_keyed_line(std::string& out, std::string_view key, std::string_view order, std::string_view json) {
    out.append(key).append(1, '\t').append(order).append(1, '\t').append(json).append(1, '\n');
}

std::string order_text(EventTime time) { return fmt::format("{:020}", static_cast<std::uint64_t>(time.value()) ^ sign_bit); }

Result<EventTime> read_order_text(std::string_view text) {
    std::uint64_t order = 0;
    auto digits = text.substr(0, 20);
    auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), order);
    if (digits.size() != 20 || code != std::errc{} || end != digits.data() + digits.size())
        return fail(ErrorKind::invalid, "'{}' is no order", text);
    return EventTime{static_cast<std::int64_t>(order ^ sign_bit)};
}

std::string entity_line_key(std::string_view entity, std::string_view tenant, std::string_view id) {
    return json_text(json::array{"e", entity, tenant, id});
}
std::string question_line_key(std::string_view question, std::string_view view) { return json_text(json::array{"q", question, view}); }

Result<LineEvent> read_line_event(const json::object& object) {
    LineEvent event;
    TRY(type, text_member(object, "type"));
    TRY(tenant, text_member(object, "tenant", "default"));
    TRY(time, time_member(object, "time"));
    event.type = std::move(type), event.tenant = std::move(tenant), event.time = time;
    if (const auto* known = object.if_contains("known"); known && !known->is_null()) {
        TRY(moment, time_member(object, "known"));
        event.known = moment;
    }
    TRY(sequence, count_member(object, "sequence"));
    event.sequence = sequence.value_or(0);
    const json::value* data = object.if_contains("data");
    if (data && data->is_object()) event.data = json_text(*data);
    else if (data && data->is_string()) event.data = data->get_string();
    else return fail_field(ErrorKind::invalid, "data", "'data' must be a JSON object, or one as a text");
    return event;
}

Result<LineQuestion> read_line_question(const json::object& object) {
    LineQuestion question;
    TRY(name, text_member(object, "question"));
    TRY(reply, text_member(object, "reply", ""));
    TRY(view, text_member(object, "view", ""));
    TRY(tenant, text_member(object, "tenant", "default"));
    TRY(entity, text_member(object, "entity", ""));
    TRY(at, time_member(object, "at"));
    TRY(sequence, count_member(object, "sequence"));
    TRY(number, count_member(object, "number"));
    question.number = number.value_or(0);
    question.question = std::move(name), question.reply = std::move(reply), question.view = std::move(view);
    question.tenant = std::move(tenant), question.entity = std::move(entity), question.at = at, question.sequence = sequence;
    return question;
}

json::object line_question_json(const LineQuestion& question) {
    json::object object{{"question", question.question}};
    if (!question.reply.empty()) object["reply"] = question.reply, object["number"] = question.number;
    object["view"] = question.view;
    object["tenant"] = question.tenant;
    object["entity"] = question.entity;
    object["at"] = question.at.value();
    if (question.sequence) object["sequence"] = *question.sequence;
    return object;
}

json::array row_json(const FeatureView& view, const FeatureRow& row, const TextTable& texts, bool as_numbers) {
    json::array array;
    for (std::size_t slot = 0; slot < view.features().size(); ++slot) {
        auto type = view.features()[slot].declaration->type;
        const FieldValue& value = row.values[slot];
        if (is_list(type)) {
            json::array list;
            if (slot < row.lists.size())
                for (auto item : row.lists[slot])
                    list.push_back(type == FeatureType::texts ? json::value(texts.find(item))
                                                              : number_json(std::bit_cast<double>(item), as_numbers));
            array.push_back(std::move(list));
        } else if (value.is_null()) {
            array.push_back(nullptr);
        } else {
            array.push_back(value.is_text() ? json::value(value.text()) : number_json(value.number(), as_numbers));
        }
    }
    return array;
}

Result<FeatureRow> read_row(const json::value& value, const FeatureView& view, TextTable& texts) {
    const json::array* array = value.if_array();
    if (!array || array->size() != view.features().size())
        return fail(ErrorKind::invalid, "a row of view '{}' must be an array of {} values", view.name(), view.features().size());
    FeatureRow row;
    row.values.resize(array->size());
    row.lists.resize(array->size());
    auto text_id = [&](const json::value& item) -> Result<std::uint64_t> {
        auto id = item.is_string() ? texts.intern({item.get_string().data(), item.get_string().size()}) : 0;
        if (id == 0) return fail(ErrorKind::invalid, "{} is no text of a row of view '{}'", json_text(item), view.name());
        return id;
    };
    for (std::size_t slot = 0; slot < array->size(); ++slot) {
        auto type = view.features()[slot].declaration->type;
        const json::value& item = (*array)[slot];
        bool is_text = field_kind(type) == FieldKind::text;
        if (item.is_null()) continue;
        if (is_list(type)) {
            if (!item.is_array()) return fail(ErrorKind::invalid, "feature {} of view '{}' is a list", slot, view.name());
            for (const json::value& one : item.get_array()) {
                TRY(bits, is_text ? text_id(one) : read_bits(one).map([](double number) { return std::bit_cast<std::uint64_t>(number); }));
                row.lists[slot].push_back(bits);
            }
        } else if (is_text) {
            TRY(id, text_id(item));
            row.values[slot] = FieldValue::text(texts.find(id));
        } else {
            TRY(number, read_bits(item));
            row.values[slot] = FieldValue::number(number);
        }
    }
    return row;
}

}  // namespace quoin
