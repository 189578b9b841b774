#include "events/sources/json_path.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/json.h"

namespace quoin {
namespace {

/// What stands at `value` as seen from every record, or the error.
std::string found(std::string_view document, std::string_view records, std::string_view value) {
    auto path = RecordPath::parse(records);
    auto place = ValuePath::parse(value);
    if (!path) return path.error().message;
    if (!place) return place.error().message;
    auto parsed = parse_json(document);
    std::string text;
    auto status = path->visit(*parsed, [&](std::span<const JsonStep> way) -> Result<bool> {
        auto found = place->find(way);
        if (found.key != nullptr)
            text += found.key->key.data() != nullptr ? std::string(found.key->key) : fmt::to_string(found.key->number);
        else text += found.value != nullptr ? json_text(*found.value) : "nothing";
        text += ' ';
        return true;
    });
    return status ? text : status.error().message;
}

TEST(JsonPath, FindsRecordsAndWhatStandsAroundThem) {
    EXPECT_EQ(found(R"({"a": [{"v": 1}, {"v": 2}]})", "/a/*", "/v"), "1 2 ");
    EXPECT_EQ(found(R"([[1, 2], [3, 4]])", "", "/1"), "2 4 ");
    EXPECT_EQ(found(R"({"x": 7})", "", "/x"), "7 ");
    EXPECT_EQ(found(R"({"days": {"2024-01-12": {"c": 1}, "2024-01-11": {"c": 2}}})", "/days/*", "0#"), "2024-01-12 2024-01-11 ");
    EXPECT_EQ(found(R"({"f": [{"u": "p", "t": [1, 2]}, {"u": "q", "t": [3]}]})", "/f/*/t/*", "2/u"), R"("p" "p" "q" )");
    EXPECT_EQ(found(R"({"f": [{"t": [1, 2]}, {"t": [3]}]})", "/f/*/t/*", "2#"), "0 0 1 ");
    EXPECT_EQ(found(R"({"f": [{"t": [1]}, {}, {"t": null}]})", "/f/*/t/*", "0"), "1 ");
    EXPECT_EQ(found(R"({"a/b": {"~": [5]}})", "/a~1b/~0/*", "0"), "5 ");
    EXPECT_EQ(found(R"({"a": [1]})", "/a/*", "9/x"), "nothing ");
}

TEST(JsonPath, RefusesWhatIsNotThere) {
    EXPECT_EQ(found(R"({"Note": "limit reached"})", "/feed/*", "/v"),
              "the answer has no 'feed', where '/feed/*' says that the records are");
    EXPECT_EQ(found(R"({"a": "an error"})", "/a/*", "/v"),
              "the answer has no list where '/a/*' expects one: is it an error message of the provider?");
    EXPECT_FALSE(RecordPath::parse("a/*"));
    EXPECT_FALSE(RecordPath::parse("/*/*/*/*/*"));
    EXPECT_FALSE(RecordPath::parse("/a~2"));
    for (const char* text : {"", "a", "x/y", "-1/a", "01/a", "0#/a", "99/a"}) EXPECT_FALSE(ValuePath::parse(text)) << text;
}

}  // namespace
}  // namespace quoin
