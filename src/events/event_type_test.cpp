#include "events/event_type.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace quoin {
namespace {

using testing::HasSubstr;

constexpr const char* opened = R"(type: document.opened
description: A user opened a document
entities: {user: user_id}
lateness: 2d
fields:
  user_id: {type: text, required: true}
  kind: {type: text, one_of: [deed, lease]}
  seconds: {type: number, min: 0, max: 86400}
  pages: {type: integer}
  shared: {type: boolean}
  due: {type: time}
)";

EventType type() { return EventType::parse(opened, "opened.yaml").value(); }

std::string error_of(std::string_view data) {
    Record record;
    auto decoded = type().decode(data, record);
    return decoded ? "accepted" : decoded.error().message;
}

TEST(EventTypeTest, ReadsADeclaration) {
    auto read = type();
    EXPECT_EQ(read.name, "document.opened");
    EXPECT_EQ(read.entities.at("user"), "user_id");
    EXPECT_EQ(read.lateness, Duration::days(2));
    EXPECT_EQ(read.future, Duration::minutes(5)) << "docs/formats/events.md";
    EXPECT_EQ(read.fields[2].highest, 86400);
    EXPECT_EQ(read.slot("due"), 5);
    EXPECT_EQ(read.slot("none"), std::nullopt);
}

TEST(EventTypeTest, RefusesDeclarationsNamingTheLine) {
    auto refusal = [](std::string text, std::string_view from, std::string_view to) {
        auto at = text.find(from);
        EXPECT_NE(at, std::string::npos);
        auto parsed = EventType::parse(text.replace(at, from.size(), to), "opened.yaml");
        return parsed ? "accepted" : parsed.error().message;
    };
    EXPECT_THAT(refusal(opened, "number, min: 0", "numbers, min: 0"), HasSubstr("opened.yaml, line 8: 'numbers' is no type"));
    EXPECT_THAT(refusal(opened, "user: user_id", "user: userid"), HasSubstr("entity 'user' needs the name of a field of type text"));
    EXPECT_THAT(refusal(opened, "user: user_id", "user: pages"), HasSubstr("entity 'user' needs"));
    EXPECT_THAT(refusal(opened, "max: 86400", "max: -1"), HasSubstr("min is above max"));
    EXPECT_THAT(refusal(opened, "{type: boolean}", "{type: boolean, min: 0}"), HasSubstr("min and max are for numbers"));
    EXPECT_THAT(refusal(opened, "lateness: 2d", "lateness: 2 days"), HasSubstr("lateness"));
    EXPECT_THAT(refusal(opened, "lateness: 2d", "latenes: 2d"), HasSubstr("unknown key 'latenes'"));
    EXPECT_THAT(refusal(opened, "type: document.opened", "type: Document.opened"), HasSubstr("'Document.opened'"));
    EXPECT_THAT(refusal(opened, "due:", "event_time:"), HasSubstr("choose another name"));
    EXPECT_THAT(refusal(opened, "[deed, lease]", "[deed, deed]"), HasSubstr("twice"));
}

TEST(EventTypeTest, DecodesAPayload) {
    Record record;
    auto declared = type();
    ASSERT_TRUE(declared.decode(R"( {"seconds": 1.5, "user_id": "u\u00e9\"1", "kind":"de\u0065d", "pages": 3e2, "shared": 1,
                                    "due": "2024-01-15T10:30:00+02:00", "extra": {"seconds": -1, "x": [1, "]"]}} )",
                                record));
    Record moved = std::move(record);
    EXPECT_EQ(moved.fields[0].text(), "u\xc3\xa9\"1");
    EXPECT_EQ(moved.fields[1].text(), "deed");
    EXPECT_EQ(moved.fields[2].number(), 1.5);
    EXPECT_EQ(moved.fields[3].number(), 300);
    EXPECT_TRUE(moved.fields[4].is_true());
    EXPECT_EQ(moved.fields[5].number(), 1705307400e6) << "date -ud 2024-01-15T08:30:00Z +%s";
    ASSERT_TRUE(declared.decode(R"({"user_id": "u", "due": "2024-01-15", "seconds": null})", moved));
    EXPECT_TRUE(moved.fields[2].is_null()) << "of the former payload nothing is left";
    EXPECT_EQ(moved.fields[5].number(), 1705276800e6);
}

TEST(EventTypeTest, RefusesPayloadsNamingFieldValueAndWhatIsExpected) {
    EXPECT_EQ(error_of(R"({"user_id": "u"})"), "accepted");
    EXPECT_EQ(error_of(R"({"kind": "deed"})"), "'user_id' is missing; every document.opened has it");
    EXPECT_EQ(error_of(R"({"user_id": null})"), "'user_id' is missing; every document.opened has it");
    EXPECT_EQ(error_of(R"({"user_id": 7})"), "'user_id' is '7'; a text is expected");
    EXPECT_EQ(error_of(R"({"user_id": "u", "kind": "will"})"), "'kind' is 'will'; one of deed, lease is expected");
    EXPECT_EQ(error_of(R"({"user_id": "u", "seconds": 86401})"), "'seconds' is '86401'; 86400 or less is expected");
    EXPECT_EQ(error_of(R"({"user_id": "u", "seconds": "1"})"), "'seconds' is '1'; a number is expected");
    EXPECT_EQ(error_of(R"({"user_id": "u", "seconds": 1e999})"), "'seconds' is '1e999'; a number that a double can hold is expected");
    EXPECT_EQ(error_of(R"({"user_id": "u", "pages": 1.5})"), "'pages' is '1.5'; a whole number is expected");
    EXPECT_EQ(error_of(R"({"user_id": "u", "pages": 9007199254740993000})"),
              "'pages' is '9007199254740993000'; a whole number is expected");
    EXPECT_EQ(error_of(R"({"user_id": "u", "shared": "yes"})"), "'shared' is 'yes'; true or false is expected");
    EXPECT_THAT(error_of(R"({"user_id": "u", "due": "soon"})"), HasSubstr("a time such as"));
    EXPECT_THAT(error_of(R"({"user_id": "u", "due": 1705307400})"), HasSubstr("a time such as"));
    EXPECT_THAT(error_of(R"(["user_id"])"), HasSubstr("no JSON object"));
    EXPECT_THAT(error_of(R"({"user_id": "u"} x)"), HasSubstr("no JSON"));
    EXPECT_THAT(error_of(R"({"user_id": "u", "user_id": "v"})"), HasSubstr("a key stands twice"));
    EXPECT_THAT(error_of(R"({"user_id": "u", "x": 1, "x": 2})"), HasSubstr("a key stands twice"));
    EXPECT_THAT(error_of("{\"user_id\": \"" + std::string(1025, 'u') + "\"}"), HasSubstr("at most 1024 bytes"));
}

TEST(EventTypesTest, TheCatalogIsWhole) {
    auto types = EventTypes::load(QUOIN_SOURCE_DIR "/catalog/events");
    ASSERT_TRUE(types.has_value()) << types.error().message;
    ASSERT_NE(types->find("document.accessed"), nullptr);
    EXPECT_EQ(types->find("document.acc"), nullptr);
    EXPECT_EQ(types->find("document.accessed")->name, "document.accessed");
    EXPECT_TRUE(std::ranges::is_sorted(types->all(), {}, [](const auto& one) { return one->name; }));
}

}  // namespace
}  // namespace quoin
