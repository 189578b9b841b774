#include "events/sources/source_declaration.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "base/json.h"
#include "events/sources/source_bench.h"

namespace quoin {
namespace {

const std::string good = R"(source: rates
description: Rates
owner: me
licence: mine
events: rate.observed
http:
  url: https://rates.example/v1
  query: {key: "${RATES_KEY}"}
schedule: every 5m
freshness: 15m
records: {format: json, at: /rows/*}
read:
  day: {at: /day, type: time}
  rate: {at: /rate, type: number}
event:
  id: "{day:date}"
  time: day
  data: {series_id: '"R"', value: rate}
)";

/// The error of the declaration with a part of it exchanged, whether its text or its meaning is wrong; "fine" if there is none.
std::string error_with(std::string_view part, std::string_view instead) {
    static SourceBench bench;
    std::string yaml = good;
    auto at = yaml.find(part);
    if (at == std::string::npos) return "the part is not there";
    yaml.replace(at, part.size(), instead);
    auto declared = SourceDeclaration::parse(yaml, "rates.yaml");
    if (!declared) return declared.error().message;
    auto made = Source::make(std::move(*declared), bench.types);
    return made ? "fine" : made.error().message;
}

TEST(SourceDeclaration, NamesFileLineAndRemedy) {
    EXPECT_EQ(error_with("rates", "rates"), "fine");
    EXPECT_EQ(error_with("owner: me\n", ""), "rates.yaml, line 1: 'owner' is missing");
    EXPECT_EQ(error_with("source: rates", "source: Rates!"),
              "rates.yaml, line 1: the name 'Rates!' must have lower-case letters, digits and _ only");
    EXPECT_EQ(error_with("schedule: every 5m", "schedule: hourly"),
              "rates.yaml, line 9: 'hourly' is no schedule; write every 5m, daily at 22:15, weekdays at 14:00 or sundays at 06:00 (UTC)");
    EXPECT_EQ(error_with("freshness: 15m", "freshness: soon").find("rates.yaml, line 10: "), 0u);
    EXPECT_EQ(error_with("rate.observed", "rate.observd"),
              "rates.yaml: there is no event type 'rate.observd'; declare it in catalog/events/rate.observd.yaml");
    EXPECT_EQ(error_with("value: rate}", "valu: rate}"), "rates.yaml, line 18: rate.observed has no field 'valu'; did you mean 'value'?");
    EXPECT_EQ(error_with(", value: rate}", "}"), "rates.yaml: 'data' has no 'value', which every rate.observed needs");
    EXPECT_EQ(error_with("'\"R\"'", "rate"), "rates.yaml, line 18: 'series_id' is a text and 'rate' computes a number");
    EXPECT_EQ(error_with("time: day", "time: dy").find("rates.yaml, line 17: position 1 of 'dy': there is no field 'dy'"), 0u);
    EXPECT_EQ(error_with("{day:date}", "{dya}").find("rates.yaml, line 16: in '{dya}': there is no 'dya'"), 0u);
    EXPECT_EQ(error_with("at: /day,", "at: day,").find("rates.yaml, line 13: 'day' is no place of a value"), 0u);
    EXPECT_EQ(
        error_with("type: number", "type: decimal"),
        "rates.yaml, line 14: 'decimal' is no type of a value; known are text, number, boolean, time, unix_seconds, unix_milliseconds");
    EXPECT_EQ(error_with("format: json", "format: xml"),
              "rates.yaml, line 11: XML is not read; every provider of the catalog offers JSON or CSV, and so do most feeds (JSON Feed)");
    EXPECT_EQ(error_with("  time: day\n", "  time: day\n  knwon: day\n").find("rates.yaml, line 18: unknown key 'knwon'"), 0u);
}

TEST(SourceDeclaration, RefusesWhatWouldGoWrongLater) {
    EXPECT_EQ(error_with("freshness: 15m", "freshness: 15m\nhistory: 365d"),
              "rates.yaml, line 11: 'history' needs 'known' in 'event': when a past record could have been known, or training would see "
              "the future");
    EXPECT_EQ(error_with("schedule: every 5m", "files: {folder: f, pattern: \"*\"}\nschedule: every 5m"),
              "rates.yaml, line 1: a source has exactly one of 'http', 'files' and 'pushed', the way its data comes");
    EXPECT_EQ(error_with("query:", "conditional: true\n  pages: {by: page, parameter: p}\n  query:"),
              "rates.yaml, line 8: the first page may be as it was while a later one is not; conditional requests are for single answers");
    EXPECT_EQ(error_with("query:", "for_each: [{a: x}, {b: y}]\n  query:"),
              "rates.yaml, line 8: the entries of 'for_each' must have the same names; an empty value is \"\"");
    EXPECT_EQ(error_with("query:", "body: x\n  query:"), "rates.yaml, line 8: a GET request has no body; write method: POST");
    EXPECT_EQ(error_with("query:", "rate_limit: {requests: 0}\n  query:"), "rates.yaml, line 8: 'requests' is 0; it may be 1 to 1000000");
    EXPECT_EQ(error_with("{day:date}", "${RATES_KEY}").find("rates.yaml, line 16: in '${RATES_KEY}': ${…} stands only in"), 0u);
    EXPECT_EQ(error_with("freshness: 15m", "freshness: 15m\nlimits: {bytes: 999999999999}"),
              "rates.yaml, line 11: 'bytes' is 999999999999; it may be 1 to 67108864");
    EXPECT_EQ(error_with("events: rate.observed", "events: [rate.observed, reit.price]"),
              "rates.yaml, line 5: records become events of one type; declare a source for each type");
}

/// The keys that a section accepts, by the error about one that it does not know.
std::set<std::string> accepted(std::string_view part, std::string_view instead) {
    auto error = error_with(part, instead);
    std::set<std::string> keys;
    auto at = error.find("known are ");
    if (at == std::string::npos) return {error};
    for (std::string_view rest = std::string_view(error).substr(at + 10); !rest.empty();) {
        keys.emplace(rest.substr(0, rest.find(", ")));
        rest.remove_prefix(std::min(rest.size(), rest.find(", ") == std::string_view::npos ? rest.size() : rest.find(", ") + 2));
    }
    return keys;
}

/// The keys that the schema has at a place.
std::set<std::string> in_schema(const boost::json::value& schema, std::string_view place) {
    std::set<std::string> keys;
    boost::system::error_code error;
    const auto* found = schema.find_pointer(place, error);
    if (found == nullptr || !found->is_object()) return {std::string(place)};
    for (const auto& member : found->get_object()) keys.emplace(member.key());
    return keys;
}

TEST(SourceDeclaration, TheSchemaHasTheKeysThatAreRead) {
    std::ifstream stream(fs::path(QUOIN_SOURCE_DIR) / "catalog/schema/source.schema.json");
    std::stringstream text;
    text << stream.rdbuf();
    auto schema = parse_json(text.str());
    ASSERT_TRUE(schema) << schema.error().message;
    EXPECT_EQ(accepted("owner: me", "owner: me\nx: 1"), in_schema(*schema, "/properties"));
    EXPECT_EQ(accepted("  query:", "  x: 1\n  query:"), in_schema(*schema, "/$defs/http/properties"));
    EXPECT_EQ(accepted("  query:", "  pages: {by: page, parameter: p, x: 1}\n  query:"),
              in_schema(*schema, "/$defs/http/properties/pages/properties"));
    EXPECT_EQ(accepted("  query:", "  rate_limit: {x: 1}\n  query:"), in_schema(*schema, "/$defs/http/properties/rate_limit/properties"));
    EXPECT_EQ(accepted("  query:", "  back_off: {x: 1}\n  query:"), in_schema(*schema, "/$defs/http/properties/back_off/properties"));
    EXPECT_EQ(accepted("freshness: 15m", "freshness: {within: 1h, x: 1}"), in_schema(*schema, "/properties/freshness/oneOf/1/properties"));
    EXPECT_EQ(accepted("freshness: 15m", "freshness: 15m\nlimits: {x: 1}"), in_schema(*schema, "/properties/limits/properties"));
    EXPECT_EQ(accepted("format: json,", "format: json, x: 1,"), in_schema(*schema, "/properties/records/properties"));
    EXPECT_EQ(accepted("at: /rate, type: number", "previous: day, per: a, x: 1"), in_schema(*schema, "/$defs/value/properties"));
    EXPECT_EQ(accepted("  time: day", "  time: day\n  x: 1"), in_schema(*schema, "/properties/event/properties"));
    std::string asked = good.substr(good.find("http:"), good.find("schedule:") - good.find("http:"));
    EXPECT_EQ(accepted(asked, "files: {folder: f, pattern: p, x: 1}\n"), in_schema(*schema, "/$defs/files/properties"));
    EXPECT_EQ(accepted(asked, "pushed: {x: 1}\n"), in_schema(*schema, "/properties/pushed/properties"));
}

TEST(SourceDeclaration, SharesOfARateLimitMustAgree) {
    SourceBench bench;
    auto with_limit = [&](std::string_view name, std::string_view limit) {
        std::string yaml = good;
        yaml.replace(8, 5, name);
        yaml.replace(yaml.find("  query:"), 0, fmt::format("  rate_limit: {{{}, shared: fred}}\n", limit));
        return bench.make(yaml);
    };
    std::vector<std::shared_ptr<const Source>> agree = {with_limit("one", "requests: 9"), with_limit("two", "requests: 9")};
    EXPECT_TRUE(check_shared_limits(agree));
    std::vector<std::shared_ptr<const Source>> differ = {with_limit("one", "requests: 9"), with_limit("two", "requests: 8")};
    EXPECT_EQ(check_shared_limits(differ).error().message,
              "test.yaml: 'one' and 'two' share the rate limit 'fred' and must say the same of it");
}

}  // namespace
}  // namespace quoin
