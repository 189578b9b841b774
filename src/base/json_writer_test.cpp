#include "base/json_writer.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <limits>

#include "base/json.h"

namespace quoin {
namespace {

namespace json = boost::json;

void write(JsonWriter& writer, const json::value& value) {
    if (value.is_object()) {
        writer.begin_object();
        for (const auto& [key, member] : value.get_object()) writer.key(key), write(writer, member);
        writer.end_object();
    } else if (value.is_array()) {
        writer.begin_array();
        for (const auto& item : value.get_array()) write(writer, item);
        writer.end_array();
    } else if (value.is_string()) {
        writer.text(value.get_string());
    } else if (value.is_double()) {
        writer.number(value.get_double());
    } else if (value.is_int64()) {
        writer.integer(value.get_int64());
    } else if (value.is_bool()) {
        writer.boolean(value.get_bool());
    } else {
        writer.null();
    }
}

TEST(JsonWriter, WritesWhatATreeOfValuesIsWrittenAs) {
    json::value value = {{"empty", json::object()},
                         {"none", json::array()},
                         {"a \"quoted\\ key\"", {1, -2.5, 1e300, 5.0, -0.0, true, false, nullptr}},
                         {"text", std::string("line\nbreak\ttab \x01 é \"\\", 23)},
                         {"nested", {{"deep", {json::array{json::array()}, json::object{{"x", ""}}}}, {"after", 1}}},
                         {"least", std::numeric_limits<std::int64_t>::min()},
                         {"third", 1.0 / 3}};
    std::string text;
    JsonWriter writer(text);
    write(writer, value);
    EXPECT_EQ(text, json_text(value));
}

TEST(JsonWriter, PutsInWhatIsTextAlready) {
    std::string text;
    JsonWriter writer(text);
    writer.begin_object().key("id").integer(1).members(R"("a":2,"b":[3])").key("c").raw("{}").key("nan").number(std::nan("")).end_object();
    EXPECT_EQ(text, R"({"id":1,"a":2,"b":[3],"c":{},"nan":null})");
}

}  // namespace
}  // namespace quoin
