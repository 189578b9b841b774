#include "events/sources/source_position.h"

#include <boost/json.hpp>

#include "base/json.h"

namespace quoin {
namespace {

namespace json = boost::json;

json::value time_value(EventTime time) { return time.is_missing() ? json::value(nullptr) : json::value(time.value()); }

/// The members of one object, each with what it is when it is not there.
class Members {
public:
    explicit Members(std::string_view text) {
        if (auto parsed = parse_json(text); parsed && parsed->is_object()) object_ = std::move(parsed->get_object());
    }
    std::int64_t whole(std::string_view key, std::int64_t otherwise = 0) const {
        const auto* value = object_.if_contains(key);
        return value != nullptr && value->is_int64() ? value->get_int64() : otherwise;
    }
    EventTime time(std::string_view key) const { return EventTime{whole(key, EventTime::missing().value())}; }
    bool truth(std::string_view key) const {
        const auto* value = object_.if_contains(key);
        return value != nullptr && value->is_bool() && value->get_bool();
    }
    std::string text(std::string_view key) const {
        const auto* value = object_.if_contains(key);
        return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
    }

private:
    json::object object_;
};

}  // namespace

std::string position_text(const RunPosition& position) {
    return json_text(json::object{{"answered", time_value(position.answered)}, {"has_history", position.has_history}});
}

std::string position_text(const PartPosition& position) {
    return json_text(json::object{{"newest", time_value(position.newest)},
                                  {"since", time_value(position.since)},
                                  {"page", position.page},
                                  {"is_history", position.is_history},
                                  {"request", position.request},
                                  {"etag", position.etag},
                                  {"modified", position.modified}});
}

std::string position_text(const FilePosition& position) {
    return json_text(json::object{{"size_bytes", position.size_bytes},
                                  {"changed_us", position.changed_us},
                                  {"records", position.records},
                                  {"is_done", position.is_done},
                                  {"is_history", position.is_history}});
}

RunPosition parse_run_position(std::string_view text) {
    Members members(text);
    return {members.time("answered"), members.truth("has_history")};
}

PartPosition parse_part_position(std::string_view text) {
    Members members(text);
    return {.newest = members.time("newest"),
            .since = members.time("since"),
            .page = members.text("page"),
            .is_history = members.truth("is_history"),
            .request = members.text("request"),
            .etag = members.text("etag"),
            .modified = members.text("modified")};
}

FilePosition parse_file_position(std::string_view text) {
    Members members(text);
    return {.size_bytes = members.whole("size_bytes", -1),
            .changed_us = members.whole("changed_us"),
            .records = static_cast<std::uint64_t>(members.whole("records")),
            .is_done = members.truth("is_done"),
            .is_history = members.truth("is_history")};
}

}  // namespace quoin
