#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/operator.h"
#include "features/replay_plan.h"

namespace quoin {

/// The lines of a replay that a cluster sorts and passes on: docs/formats/feature-replay.md. A keyed line is "key TAB order TAB JSON";
/// sorted by bytes, everything about one key stands together, in the order in which it is to be taken.
struct KeyedLine {
    std::string_view key, order, json;
};
/// Error: invalid, if it has not exactly these three parts.
Result<KeyedLine> read_keyed_line(std::string_view line);
void append_keyed_line(std::string& out, std::string_view key, std::string_view order, std::string_view json);

/// What sorts like the moment, as text of 20 digits; and back. Error: invalid.
std::string order_text(EventTime time);
Result<EventTime> read_order_text(std::string_view text);
/// Keys of an entity and of a question: JSON arrays, so that no byte of a name breaks a line.
std::string entity_line_key(std::string_view entity, std::string_view tenant, std::string_view id);
std::string question_line_key(std::string_view question, std::string_view view);

/// A question on its way: asked by a person, or by another question that looks a feature up.
struct LineQuestion {
    std::string question;      ///< its name; a lookup's is "asker/view/number"
    std::string reply;         ///< key of the question that asked; empty: the answer is wanted by itself
    std::uint64_t number = 0;  ///< of the lookup among those of the asker
    std::string view, tenant = "default", entity;
    EventTime at;
    std::optional<std::uint64_t> sequence;
};

/// An event on its way.
struct LineEvent {
    std::string type, tenant = "default", data;
    EventTime time, known = EventTime::missing();
    std::uint64_t sequence = 0;
};

/// Times may be whole microseconds since 1970 or texts that parse_time takes. Error: invalid, naming the member.
Result<LineEvent> read_line_event(const boost::json::object& json);
Result<LineQuestion> read_line_question(const boost::json::object& json);
boost::json::object line_question_json(const LineQuestion& question);

/// A computed row: an array by slot. Numbers as 16 hexadecimal digits of their bits, or (as_numbers) as the shortest text that reads back
/// as the same; texts as texts; lists as arrays. `texts`: where the ids in lists are found.
boost::json::array row_json(const FeatureView& view, const FeatureRow& row, const TextTable& texts, bool as_numbers);
/// The row that was written with bits; its texts are interned in `texts`. Error: invalid.
Result<FeatureRow> read_row(const boost::json::value& json, const FeatureView& view, TextTable& texts);

}  // namespace quoin
