#include <boost/json.hpp>
#include <charconv>

#include "events/dead_letters.h"
#include "events/event_json.h"
#include "serving/endpoint.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::uint64_t letters_max = 1000;

Result<std::uint64_t> whole(const Request& request, std::string_view name, std::uint64_t otherwise, std::uint64_t highest) {
    auto text = request.query_parameter(name);
    std::uint64_t value = otherwise;
    auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty()) return otherwise;
    if (code != std::errc{} || end != text.data() + text.size() || value > highest)
        return fail_field(ErrorKind::invalid, std::string(name), "'{}' is '{}'; a whole number up to {} is expected", name,
                          text.substr(0, 40), highest);
    return value;
}

Result<Response> get(const Request& request, Service& service) {
    TRY(store, service.feature_store());
    DeadLetterFilter filter{.type = std::string(request.query_parameter("type")),
                            .source = std::string(request.query_parameter("source")),
                            .reason = std::string(request.query_parameter("reason"))};
    TRY(first, whole(request, "first", 1, std::numeric_limits<std::uint64_t>::max()));
    TRY(limit, whole(request, "limit", 100, letters_max));
    filter.first = first;
    filter.letters_max = limit;
    TRY(letters, find_dead_letters(store->log(), filter));
    json::array array;
    for (const auto& letter : letters) array.push_back(dead_letter_json(letter));
    return json_response(json::object{{"count", store->log().dead_letter_count()}, {"dead_letters", std::move(array)}});
}

}  // namespace

EndpointEntry get_dead_letters() {
    return {
        .method = "GET",
        .path = "/v1/events/dead-letters",
        .tag = "Events",
        .summary = "Events that could not be stored, and why",
        .description =
            "Ascending by number. Query: `first` (number), `limit` (100, at most 1000), `type`, `source`, `reason` (a part of it). "
            "`count` is of all letters.",
        .response_schema = R"({"type": "object", "required": ["count", "dead_letters"], "properties": {"count": {"type": "integer"},
            "dead_letters": {"type": "array", "items": {"$ref": "#/components/schemas/DeadLetter"}}}})",
        .answer = get,
    };
}

}  // namespace quoin
