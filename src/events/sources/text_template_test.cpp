#include "events/sources/text_template.h"

#include <gtest/gtest.h>

namespace quoin {
namespace {

using Escape = TextTemplate::Escape;

const std::vector<TemplateName> names = {{"when", true}, {"city", false}, {"rooms", false}};
// 2024-01-15T10:30:00Z
const std::vector<FieldValue> values = {FieldValue::number(1'705'314'600e6), FieldValue::text("St. \"A\"/B"), FieldValue::number(2.5)};

std::string rendered(std::string_view text, Escape escape = Escape::none, const Environment* environment = nullptr) {
    auto parsed = TextTemplate::parse(text, names, true);
    if (!parsed) return "! " + parsed.error().message;
    auto made = parsed->render({.values = values, .escape = escape, .environment = environment});
    return made ? *made : "! " + made.error().message;
}

TEST(TextTemplate, WritesValuesInTheirFormats) {
    EXPECT_EQ(rendered("{{{rooms}}} in {city}"), "{2.5} in St. \"A\"/B");
    EXPECT_EQ(rendered("{when} {when:date} {when:compact} {when:year} {when:unix}"),
              "2024-01-15T10:30:00Z 2024-01-15 20240115 2024 1705314600");
    EXPECT_EQ(rendered("/a/{city}", Escape::url_value), "/a/St.%20%22A%22%2FB");
    EXPECT_EQ(rendered("x > '{rooms}'", Escape::url_text), "x%20%3E%20%272.5%27");
    EXPECT_EQ(rendered("{{\"q\": \"{city}\"}}", Escape::json_value), "{\"q\": \"St. \\\"A\\\"/B\"}");
}

TEST(TextTemplate, KeepsSecretsOutOfWhatIsShown) {
    Environment environment = [](std::string_view name) -> std::optional<std::string> {
        if (name == "KEY") return "s3cr3t&1";
        return {};
    };
    EXPECT_EQ(rendered("k=${KEY}", Escape::url_text, &environment), "k%3Ds3cr3t%261");
    EXPECT_EQ(rendered("${KEY}/${NOT_SET:-feeds}", Escape::none, &environment), "s3cr3t&1/feeds");
    EXPECT_EQ(rendered("${KEY}/${NOT_SET:-feeds}"), "${KEY}/${NOT_SET}");
    EXPECT_EQ(rendered("${NOT_SET}", Escape::none, &environment), "! the environment variable NOT_SET is not set");
    auto variables = TextTemplate::parse("${KEY}", names, true)->variables(environment);
    EXPECT_EQ(without_variables("no: k=s3cr3t%261 or s3cr3t&1", variables), "no: k=${KEY} or ${KEY}");
}

TEST(TextTemplate, RefusesWhatItDoesNotKnow) {
    EXPECT_EQ(rendered("{cty}"), "! in '{cty}': there is no 'cty'; did you mean 'city'?; write {{ for a brace");
    EXPECT_EQ(rendered("{city:date}"), "! in '{city:date}': 'city' is no time, so it has no format");
    EXPECT_EQ(rendered("{when:week}"), "! in '{when:week}': 'week' is no format of a time; write date, time, compact, year or unix");
    EXPECT_EQ(rendered("a } b"), "! in 'a } b': '}' has no '{' before it; write }} for a brace");
    EXPECT_EQ(rendered("{city"), "! in '{city': '{' has no '}' after it; write {{ for a brace");
    EXPECT_FALSE(TextTemplate::parse("${KEY}", names, false));
    EXPECT_FALSE(TextTemplate::parse(std::string(9000, 'a'), names));
    auto missing = TextTemplate::parse("{city}", names)->render({.values = {}});
    EXPECT_EQ(missing.error().message, "'{city}' needs 'city', which is missing");
}

}  // namespace
}  // namespace quoin
