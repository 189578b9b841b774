#include "events/event_json.h"

#include <boost/json.hpp>

#include "base/json.h"
#include "events/event_envelope.h"
#include "events/json_escape.h"

namespace quoin {

namespace json = boost::json;

namespace {

/// A dead letter may hold any bytes; JSON is UTF-8.
std::string clean(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        auto byte = static_cast<unsigned char>(text.front());
        auto length = byte < 0x80 ? 1 : utf8_sequence_length(text.substr(0, 4));
        out += length > 0 ? text.substr(0, length) : std::string_view("\xef\xbf\xbd");
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

}  // namespace

json::object event_json(const Event& event) {
    json::object object{{"specversion", "1.0"}, {"type", clean(event.type)}, {"source", clean(event.source)}, {"id", clean(event.id)}};
    if (!event.time.is_missing()) object["time"] = to_text(event.time);
    if (!event.subject.empty()) object["subject"] = clean(event.subject);
    object["tenant"] = clean(event.tenant.value());
    if (!event.known.is_missing()) object["known"] = to_text(event.known);
    if (event.sequence != 0) object["sequence"] = event.sequence;
    if (event.is_history) object["history"] = true;
    if (auto data = parse_json(event.data, {.bytes_max = event.data.size()}); data) {
        object["data"] = std::move(*data);
    } else {
        object["data_base64"] = base64_encoded(event.data);
    }
    return object;
}

json::object dead_letter_json(const DeadLetter& letter) {
    return {{"sequence", letter.sequence},
            {"reason", clean(letter.reason)},
            {"received", to_text(letter.received)},
            {"attempts", letter.attempts},
            {"event", event_json(letter.event)}};
}

const char* name_of(Acceptance::Outcome outcome) {
    switch (outcome) {
        case Acceptance::Outcome::stored: return "stored";
        case Acceptance::Outcome::duplicate: return "duplicate";
        case Acceptance::Outcome::dead_letter: return "dead_letter";
    }
    return "dead_letter";
}

}  // namespace quoin
