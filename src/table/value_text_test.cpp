#include "table/value_text.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "base/rng.h"

namespace quoin {
namespace {

TEST(ValueText, NumbersAsPeopleWriteThem) {
    struct Case {
        const char* text;
        double number;
    };
    for (auto [text, number] : {Case{"12", 12},
                                {"-3.5e2", -350},
                                {" 7\t", 7},
                                {"+7", 7},
                                {".5", .5},
                                {"5.", 5},
                                {"1,234", 1234},
                                {"12,345,678.25", 12345678.25},
                                {"$540,000", 540000},
                                {"-$5", -5},
                                {"€1,000", 1000},
                                {"£20", 20},
                                {"US$7", 7},
                                {"true", 1},
                                {"FALSE", 0},
                                {"007", 7},
                                {"1e-400", 0},
                                {"-0", 0}})
        EXPECT_EQ(parse_number(text), number) << text;
    for (auto text : {"1e400", "inf", "Infinity", "+INF", "$1e999"}) EXPECT_TRUE(std::isinf(parse_number(text).value_or(0))) << text;
    EXPECT_LT(*parse_number("-inf"), 0);
    for (auto text : {"",   " ",   "-",   "$",   "1,23", "1234,567", ",123",  "1,,234",  "1,234,", "1 2", "0x10",
                      "1e", "--5", "nan", "NaN", "5%",   "1.2.3",    "12abc", "trueish", "1,234e", "$$5", "٣"})
        EXPECT_FALSE(parse_number(text)) << text;
    EXPECT_FALSE(parse_number(std::string(1000, '1')));
}

TEST(ValueText, NumbersThatWouldLoseAName) {
    for (auto text : {"007", "-01", "00.5", "9007199254740993", "12345678901234567890"})
        EXPECT_FALSE(number_keeps_text(text, *parse_number(text))) << text;
    for (auto text : {"0", "0.5", "-0.25", "7129300520", "9007199254740992", "123456789012345", "1.00000000000000000001", "$0"})
        EXPECT_TRUE(number_keeps_text(text, *parse_number(text))) << text;
}

TEST(ValueText, EightDigitsAreADateOnlyWhenTheyMayBeOne) {
    EXPECT_EQ(parse_plausible_time("20141013"), from_civil(2014, 10, 13));
    EXPECT_EQ(parse_plausible_time("20141013T000000"), from_civil(2014, 10, 13));
    EXPECT_EQ(parse_plausible_time("10/13/2014"), from_civil(2014, 10, 13));
    EXPECT_EQ(parse_plausible_time("2014-10-13 00:00:00"), from_civil(2014, 10, 13));
    for (auto text : {"17991231", "22010101", "20141313", "71293005", "2014", "7129300520", "2014-13-01", "98178-1234", "-20141013"})
        EXPECT_FALSE(parse_plausible_time(text)) << text;
}

TEST(ValueText, NumbersReadBackAsTheSameBits) {
    Rng rng(7);
    for (int i = 0; i < 100'000; ++i) {
        auto number = std::bit_cast<double>(rng.next());
        if (!std::isfinite(number)) continue;
        ASSERT_EQ(parse_number(number_text(number)), number) << number_text(number);
    }
    EXPECT_EQ(number_text(0.1), "0.1");
    EXPECT_EQ(number_text(-0.0), "0");
    EXPECT_EQ(number_text(999999999999999), "999999999999999");
    EXPECT_EQ(number_text(5e-324), "5e-324");
}

TEST(ValueText, TimesReadBackToTheMicrosecond) {
    Rng rng(8);
    for (int i = 0; i < 20'000; ++i) {
        EventTime time{static_cast<std::int64_t>(rng.below(8'000'000'000'000'000)) - 4'000'000'000'000'000};  // 1843 to 2096
        ASSERT_EQ(parse_plausible_time(time_text(time)), time) << time_text(time);
    }
}

// RFC 3629 section 4 and the examples of its section 10 (overlong forms, surrogates).
TEST(ValueText, Utf8) {
    for (std::string_view text :
         {"", "plain ascii, longer than eight bytes", "Zürich", "\xE2\x82\xAC", "\xF0\x9F\x8F\xA0 home", "\xF4\x8F\xBF\xBF"})
        EXPECT_EQ(utf8_length(text), text.size());
    for (std::string_view bad : {"\xE9", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
                                 "\xF5\x80\x80\x80", "\x80", "\xE2\x82", "\xF0\x9F\x8F"}) {
        for (std::size_t before : {0u, 3u, 8u, 13u}) EXPECT_EQ(utf8_length(std::string(before, 'a') + std::string(bad)), before);
    }
}

}  // namespace
}  // namespace quoin
