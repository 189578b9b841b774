#include "events/json_cursor.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/json.h"
#include "base/rng.h"
#include "events/json_escape.h"

namespace quoin {
namespace {

/// What a reader of our own makes of a text: the value built by JsonCursor alone.
boost::json::value built(const JsonCursor::Value& value) {
    using Kind = JsonCursor::Kind;
    std::string_view key;
    JsonCursor::Value inner;
    JsonCursor cursor(value.text);
    if (value.kind == Kind::object) {
        boost::json::object object;
        EXPECT_TRUE(cursor.enter_object());
        while (cursor.next_member(key, inner)) object[key] = built(inner);
        EXPECT_TRUE(cursor.finish());
        return object;
    }
    if (value.kind == Kind::array) {
        boost::json::array array;
        EXPECT_TRUE(cursor.enter_array());
        while (cursor.next_item(inner)) array.push_back(built(inner));
        EXPECT_TRUE(cursor.finish());
        return array;
    }
    if (value.kind != Kind::text) return *parse_json(value.text);
    std::string text;
    append_unescaped(value.text, text);
    return boost::json::string(text);
}

void expect_same_verdict(std::string_view text) {
    auto reference = parse_json(text);
    JsonCursor cursor(text);
    JsonCursor::Value value;
    bool read = cursor.read_whole(value);
    ASSERT_EQ(read, reference.has_value()) << text << "\n" << cursor.error() << (reference ? "" : reference.error().message);
    if (!read) return;
    ASSERT_EQ(built(value), *reference) << text;
}

TEST(JsonCursor, JudgesAsTheParserDoes) {
    for (std::string_view text : {"",
                                  " ",
                                  "{",
                                  "}",
                                  "[]",
                                  "{}",
                                  "[1,]",
                                  "{\"a\":1,}",
                                  "{\"a\" 1}",
                                  "{a:1}",
                                  "01",
                                  "-",
                                  "-0",
                                  "1.",
                                  ".5",
                                  "1e",
                                  "1E+5",
                                  "0x1",
                                  "nul",
                                  "true x",
                                  "\"\\u12\"",
                                  "\"\\ud800\"",
                                  "\"\\ud83d\\ude00\"",
                                  "\"\\udc00\"",
                                  "\"\\x\"",
                                  "\"a\nb\"",
                                  "\"\xc3\xa9\"",
                                  "\"\xc0\x80\"",
                                  "\"\xed\xa0\x80\"",
                                  "\"\xf4\x90\x80\x80\"",
                                  "{\"a\":1,\"\\u0061\":2}",
                                  "{\"a\":{\"b\":1,\"b\":2}}",
                                  "{\"a\":{\"b\":1},\"b\":2}",
                                  "[[1,[2]],{\"a\":[{\"a\":null}]}]",
                                  "\"unfinished",
                                  "[1 2]",
                                  "{\"a\":1 \"b\":2}",
                                  "\xef\xbb\xbf{}",
                                  "NaN"})
        expect_same_verdict(text);
    for (std::size_t depth : {31, 32, 33}) expect_same_verdict(std::string(depth, '[') + std::string(depth, ']'));
    std::string many = "{";
    for (int i = 0; i < 100; ++i) many += fmt::format("\"k{}\":{},", i, i);
    expect_same_verdict(many + "\"k100\":0}");
    expect_same_verdict(many + "\"k57\":0}");
    expect_same_verdict("{\"x\":" + many + "\"k57\":0}}");
}

TEST(JsonCursor, JudgesAsTheParserDoesOnBrokenTexts) {
    Rng rng(5);
    std::string whole = R"({"id":"a\u00e9\"b","n":-12.5e+3,"list":[1,true,null,{"k":"v","w":[]}],"o":{"x":{},"y":"caf)"
                        "\xc3\xa9"
                        R"("},"e":"\ud83d\ude00"})";
    const std::string alphabet = "{}[]\",:\\u0019eE+-.tfnd8aAk \n\xc3\xa9\xf0";
    for (int round = 0; round < 60'000; ++round) {
        auto text = whole;
        for (auto edits = 1 + rng.below(3); edits > 0; --edits) {
            auto at = rng.below(text.size());
            switch (rng.below(4)) {
                case 0: text.erase(at, 1 + rng.below(4)); break;
                case 1: text.insert(at, 1, alphabet[rng.below(alphabet.size())]); break;
                case 2: text[at] = alphabet[rng.below(alphabet.size())]; break;
                default: text.resize(at + 1); break;
            }
            if (text.empty()) break;
        }
        expect_same_verdict(text);
        if (testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace quoin
