#include "expression/expression.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <variant>
#include <vector>

namespace quoin {
namespace {

using std::nullopt;
const std::vector<ExpressionField> fields = {{"price", FieldKind::number},      {"sqft", FieldKind::number}, {"zero", FieldKind::number},
                                             {"missing", FieldKind::number},    {"kind", FieldKind::text},   {"city", FieldKind::text},
                                             {"no_text", FieldKind::text},      {"at", FieldKind::number},   {"", FieldKind::number},
                                             {"minus_seven", FieldKind::number}};
// Wednesday 2024-02-28 13:45:30 UTC, and for now() Friday 2024-03-01 00:00.
const std::vector<FieldValue> values = {
    FieldValue::number(300000), FieldValue::number(1500),   FieldValue::number(0), FieldValue(),
    FieldValue::text("Deed"),   FieldValue::text("Zürich"), FieldValue(),          FieldValue::number(1709127930e6),
    FieldValue::number(5),      FieldValue::number(-7)};
const EventTime now = from_civil(2024, 3, 1);

using Expected = std::variant<std::nullopt_t, double, std::string_view>;
struct Case {
    const char* text;
    Expected expected;
};

void check(const Case& wanted) {
    auto compiled = Expression::compile(wanted.text, fields);
    ASSERT_TRUE(compiled) << wanted.text << ": " << compiled.error().message;
    FieldValue value = compiled->evaluate(values, now);
    if (std::holds_alternative<std::nullopt_t>(wanted.expected)) {
        EXPECT_TRUE(value.is_null()) << wanted.text << " gave " << value.number() << value.text();
    } else if (auto* number = std::get_if<double>(&wanted.expected)) {
        EXPECT_TRUE(value.is_number() && value.number() == *number) << wanted.text << " gave " << value.number() << ", not " << *number;
        EXPECT_EQ(compiled->kind(), FieldKind::number) << wanted.text;
    } else {
        EXPECT_TRUE(value.is_text() && value.text() == std::get<std::string_view>(wanted.expected))
            << wanted.text << " gave " << value.text();
        EXPECT_EQ(compiled->kind(), FieldKind::text) << wanted.text;
    }
}

// Precedence, % and round() as in Python 3.11 and NumPy 1.26 (^ is Python's **).
TEST(Expression, CalculatesLikePython) {
    for (const Case& wanted : std::vector<Case>{{"1 + 2 * 3", 7.0},
                                                {"(1 + 2) * 3", 9.0},
                                                {"2 - 3 - 4", -5.0},
                                                {"48 / 4 / 3", 4.0},
                                                {"-2 ^ 2", -4.0},
                                                {"2 ^ -1", 0.5},
                                                {"2 ^ 3 ^ 2", 512.0},
                                                {"2 ^ -2 ^ 2", 0.0625},
                                                {"--3", 3.0},
                                                {"-7 % 3", 2.0},
                                                {"minus_seven % 3", 2.0},
                                                {"7 % -3", -2.0},
                                                {"7.5 % 2", 1.5},
                                                {".5 + 1e3 + 2.5E-1", 1000.75},
                                                {"price / sqft", 200.0},
                                                {"price - sqft * 2 > 1000 and kind == 'Deed'", 1.0},
                                                {"round(2.5)", 2.0},
                                                {"round(3.5)", 4.0},
                                                {"round(-0.4)", 0.0},
                                                {"round(2.675, 2)", 2.68},
                                                {"round(1234.5, -2)", 1200.0},
                                                {"round(1e300, 10)", 1e300},
                                                {"round(1, 16)", nullopt},
                                                {"floor(-1.5)", -2.0},
                                                {"ceil(-1.5)", -1.0},
                                                {"abs(minus_seven)", 7.0},
                                                {"sign(minus_seven) + sign(zero)", -1.0},
                                                {"min(3, 1, 2) + max(3, price, 2)", 300001.0},
                                                {"clamp(price, 0, sqft)", 1500.0},
                                                {"clamp(1, 2, 0)", nullopt},
                                                {"sqrt(sqft + 100) == 40", 1.0},
                                                {"log10(1000)", 3.0},
                                                {"pow(2, 10)", 1024.0},
                                                {"exp(0) + cos(0) + log1p(0)", 2.0},
                                                {"atan2(1, 0) == pi / 2", 1.0},
                                                {"abs(sin(pi / 6) - 0.5) < 1e-15 and abs(tan(pi / 4) - 1) < 1e-15", 1.0},
                                                {"7d", 604800e6},
                                                {"1d == 24h and 1h == 60m and 1m == 60s and 1s == 1000ms and 1w == 7d", 1.0}})
        check(wanted);
}

// Truth tables and comparisons with null of SQL (ISO 9075-2, 8.2 and 6.39); DuckDB gives the same. if() alone is stricter than CASE.
TEST(Expression, KeepsNullsLikeSql) {
    for (const Case& wanted : std::vector<Case>{{"missing + 1", nullopt},
                                                {"1 - missing", nullopt},
                                                {"missing == missing", nullopt},
                                                {"no_text == 'a'", nullopt},
                                                {"'a' < no_text", nullopt},
                                                {"missing != 1", nullopt},
                                                {"not missing", nullopt},
                                                {"missing and true", nullopt},
                                                {"missing and false", 0.0},
                                                {"false and missing", 0.0},
                                                {"missing or true", 1.0},
                                                {"5 or missing", 1.0},
                                                {"missing or false", nullopt},
                                                {"missing in (1, 2)", nullopt},
                                                {"no_text not in ('a')", nullopt},
                                                {"is_null(missing) and is_null(no_text) and is_null(null) and not is_null(price)", 1.0},
                                                {"coalesce(missing, zero, 3)", 0.0},
                                                {"coalesce(missing, null)", nullopt},
                                                {"coalesce(no_text, null, kind)", "Deed"},
                                                {"coalesce(no_text, 'none') == 'none'", 1.0},
                                                {"if(missing, 1, 2)", nullopt},
                                                {"if(missing > 0, 'a', 'b')", nullopt},
                                                {"if(zero, missing, 2) + if(price, 1, missing)", 3.0},
                                                {"if(price > 1e5, 'dear', 'cheap')", "dear"},
                                                {"if(zero, null, kind)", "Deed"},
                                                {"if(price, null, kind)", nullopt},
                                                {"if(if(zero, 0, 1), if(zero, 2, 3), 4) * 2", 6.0},
                                                {"max(1, missing)", nullopt},
                                                {"length(no_text)", nullopt},
                                                {"null", nullopt},
                                                {"1 / 0", nullopt},
                                                {"price / zero", nullopt},
                                                {"0 / 0", nullopt},
                                                {"1 / (1e300 * 1e300)", nullopt},
                                                {"5 % 0", nullopt},
                                                {"sqrt(-1)", nullopt},
                                                {"log(0)", nullopt},
                                                {"(-8) ^ (1 / 3)", nullopt},
                                                {"exp(710)", nullopt}})
        check(wanted);
}

TEST(Expression, ComparesTexts) {
    for (const Case& wanted : std::vector<Case>{{"kind", "Deed"},
                                                {"\"a\\\"b\\\\\"", "a\"b\\"},
                                                {"kind == \"Deed\"", 1.0},
                                                {"kind == 'deed'", 0.0},
                                                {"lower(kind) == 'deed'", 1.0},
                                                {"'deed' == lower(kind) and lower(kind) in ('lease', 'deed')", 1.0},
                                                {"kind in ('lease', 'Deed')", 1.0},
                                                {"kind not in ('lease', 'deed')", 1.0},
                                                {"price in (1, 300 * 1000, -7)", 1.0},
                                                {"minus_seven in (1, -7)", 1.0},
                                                {"'abc' < 'abd' and 'ab' < 'abc' and 'B' < 'a' and '' < 'a' and 'z' < 'é'", 1.0},
                                                {"'b' >= 'a' and 'a' <= 'a' and 'b' > 'a' and 'a' != 'b'", 1.0},
                                                {"length(city) * 10 + length('')", 60.0},
                                                {"lower(city) == 'zürich'", 1.0},
                                                {"starts_with(kind, 'De') and not starts_with(kind, 'Deeds')", 1.0},
                                                {"ends_with(city, 'rich') and not ends_with(city, 'Rich')", 1.0},
                                                {"contains(lower(kind), 'eed') and contains(kind, '') and not contains('a', 'ab')", 1.0},
                                                {"starts_with(lower(kind), 'de') and ends_with(lower('XY'), 'y')", 1.0}})
        check(wanted);
}

// Calendar figures of Python's datetime (isocalendar, timetuple) for 2024-02-28, 1969-12-31 and 2021-01-03.
TEST(Expression, ReadsTheCalendar) {
    for (const Case& wanted :
         std::vector<Case>{{"hour(at) * 100 + minute(at)", 1345.0},
                           {"hour(-1) * 100 + minute(-1)", 2359.0},
                           {"day_of_week(at)", 2.0},
                           {"day_of_week(-1)", 2.0},
                           {"day_of_month(at) + days_in_month(at)", 57.0},
                           {"day_of_year(at)", 59.0},
                           {"week_of_year(at)", 9.0},
                           {"week_of_year(time('2021-01-03'))", 53.0},
                           {"week_of_year(time('2024-12-30'))", 1.0},
                           {"month(at) + quarter(at) + year(at)", 2027.0},
                           {"season(at) * 10 + season(now())", 1.0},
                           {"season(time('2023-12-01')) + season(time('2023-11-30'))", 3.0},
                           {"now() - time('2024-02-29T12:00:00+02:00')", 14 * 3600e6},
                           {"days_between(time('2024-02-28'), now())", 2.0},
                           {"hours_between(now(), now() - 90m)", -1.5},
                           {"is_weekend(at) + is_weekend(time('2024-03-02'))", 1.0},
                           {"is_month_end(at) + 10 * is_month_end(at + 1d) + 100 * is_month_start(now())", 110.0},
                           {"is_quarter_end(time('2024-03-31')) + is_quarter_end(time('2024-02-29'))", 1.0},
                           {"is_quarter_start(time('2024-04-01')) + is_year_start(time('2024-01-01'))", 2.0},
                           {"is_year_end(time('2023-12-31')) + is_year_end(time('2023-11-30'))", 1.0},
                           {"is_rent_day(now()) + 10 * days_to_rent_day(at) + 100 * days_to_rent_day(now())", 21.0},
                           {"is_rent_grace(time('2024-03-05')) + is_rent_grace(time('2024-03-06'))", 1.0},
                           {"is_exchange_holiday(time('2024-03-29')) + is_exchange_holiday(at)", 1.0},
                           {"is_bond_market_holiday(time('2023-04-07')) + is_bond_market_holiday(time('2024-11-11'))", 1.0},
                           {"is_federal_holiday(time('2024-06-19')) + is_federal_holiday(at)", 1.0},
                           {"is_trading_day(at) + is_trading_day(time('2024-02-19'))", 1.0},
                           {"trading_days_between(time('2024-01-01'), time('2024-12-31'))", 252.0},
                           {"days_to_next_holiday(at)", 30.0},
                           {"is_month_end_business(time('2024-03-28')) + is_month_end_business(time('2024-03-29'))", 1.0},
                           {"is_quarter_end_business(time('2024-03-28')) + is_year_end_business(time('2023-12-29'))", 2.0},
                           {"is_exchange_holiday(time('1949-12-31'))", nullopt},
                           {"trading_days_between(now(), time('2051-01-01'))", nullopt},
                           {"hour(1e17)", nullopt},
                           {"year(-1e16)", nullopt},
                           {"year(missing)", nullopt}})
        check(wanted);
}

TEST(Expression, SaysWhatIsWrongAndWhere) {
    const std::vector<std::pair<const char*, const char*>> wanted = {
        {"price / sqfoot", "position 9 of 'price / sqfoot': there is no field 'sqfoot'; did you mean 'sqft'?"},
        {"rond(price)", "position 1 of 'rond(price)': there is no function 'rond'; did you mean 'round'?"},
        {"elevation",
         "position 1 of 'elevation': there is no field 'elevation'; known are price, sqft, zero, missing, kind, city, no_text, at and 1 "
         "more"},
        {"price AND sqft", "position 7 of 'price AND sqft': found 'AND', expected an operator or the end; did you mean 'and'?"},
        {"1 + True", "position 5 of '1 + True': there is no field 'True'; did you mean 'true'?"},
        {"", "position 1 of '': found the end, expected a value: a name, a number, a text or '('"},
        {"1 +", "position 4 of '1 +': found the end, expected a value: a name, a number, a text or '('"},
        {"(1 + 2", "position 7 of '(1 + 2': found the end, expected ')' after the expression in parentheses"},
        {"1 2", "position 3 of '1 2': found '2', expected an operator or the end"},
        {"1 < 2 < 3", "position 7 of '1 < 2 < 3': found '<' after a comparison, which do not chain: write a < b and b < c"},
        {"kind == 1", "position 9 of 'kind == 1': this is a number, but what it stands beside is a text: both must be of one kind"},
        {"kind + 1", "position 1 of 'kind + 1': '+' needs a number, but this is a text"},
        {"1 and kind", "position 7 of '1 and kind': 'and' needs a number, but this is a text"},
        {"if(kind, 1, 2)", "position 4 of 'if(kind, 1, 2)': the condition of if() needs a number, but this is a text"},
        {"if(1, kind, 2)",
         "position 13 of 'if(1, kind, 2)': this is a number, but what it stands beside is a text: both must be of one kind"},
        {"if 1", "position 4 of 'if 1': found '1', expected '(' after 'if', as in if(condition, value, otherwise)"},
        {"abs(kind)", "position 5 of 'abs(kind)': abs(x) needs a number, but this is a text"},
        {"abs()", "position 5 of 'abs()': found ')', but it is abs(x)"},
        {"abs(1, 2)", "position 6 of 'abs(1, 2)': found ',', expected ')': it is abs(x)"},
        {"min(1)", "position 6 of 'min(1)': found ')', expected ',': it is min(a, b, …)"},
        {"round(1, 2, 3)", "position 11 of 'round(1, 2, 3)': found ',', expected ')': it is round(x[, digits])"},
        {"now(1)", "position 5 of 'now(1)': found '1', but it is now()"},
        {"now", "position 1 of 'now': 'now' is a function, expected '(' and its arguments after it"},
        {"price(1)", "position 1 of 'price(1)': 'price' is a field and not a function; take the parentheses away"},
        {"price == null", "position 10 of 'price == null': a comparison with null is never true; write is_null(…)"},
        {"price = 1", "position 7 of 'price = 1': '=' is no operator here; write =="},
        {"price && 1", "position 7 of 'price && 1': '&&' is no operator here; write and"},
        {"2 ** 3", "position 3 of '2 ** 3': '**' is no operator here; write ^"},
        {"12abc", "position 1 of '12abc': '12abc' is neither a number (12, 0.5, 1e6) nor a duration (15m, 24h, 90d)"},
        {"1e999", "position 1 of '1e999': the number '1e999' is beyond what a double can hold"},
        {"'abc", "position 1 of ''abc': the text that begins here has no end; expected ' after it"},
        {"'a\\n'", "position 3 of ''a\\n'': after a backslash in a text comes \\, \" or '; write \\\\ for one backslash"},
        {"'é' # 1", "position 5 of ''é' # 1': '#' is no part of an expression; expected a name, a number, a text or an operator"},
        {"lower(kind)",
         "position 1 of 'lower(kind)': lower() is for comparing and cannot be the result; compare with it, or write the text in "
         "lower case at its source"},
        {"kind in (city)",
         "position 10 of 'kind in (city)': a list of 'in' holds constants only; for anything else write a == b or a == c"},
        {"kind in ()", "position 10 of 'kind in ()': found ')', expected a value: a name, a number, a text or '('"},
        {"kind not 1", "position 10 of 'kind not 1': found '1', expected 'in' to make 'not in'; 'not' alone stands before what it negates"},
        {"1 + not 2", "position 5 of '1 + not 2': found 'not' after an operator that binds more tightly; put it into parentheses"},
        {"time(kind)",
         "position 6 of 'time(kind)': found 'kind', expected a date written out, such as time(\"2024-01-15\"); a field of kind time "
         "needs no time()"},
        {"time('2024-13-01')", "position 6 of 'time('2024-13-01')': '2024-13-01' is not a time (write 2024-01-15 or 2024-01-15T10:30:00Z)"},
        {"a\x01", "the expression has the control character 0x01 at byte 2; take it out"},
        {"'\xC3'", "the expression is not UTF-8 from byte 2 on"}};
    for (const auto& [text, message] : wanted) {
        auto compiled = Expression::compile(text, fields);
        ASSERT_FALSE(compiled) << text;
        EXPECT_EQ(compiled.error().kind, ErrorKind::invalid) << text;
        EXPECT_EQ(compiled.error().message, message);
    }
}

TEST(Expression, NamesWhatItUses) {
    auto compiled = Expression::compile("if(at > 1, sqft, price) + sqft", fields);
    ASSERT_TRUE(compiled);
    EXPECT_EQ(std::vector<std::uint16_t>(compiled->uses().begin(), compiled->uses().end()), (std::vector<std::uint16_t>{0, 1, 7}));
    EXPECT_FALSE(compiled->depends_on_now());
    EXPECT_EQ(compiled->text(), "if(at > 1, sqft, price) + sqft");
    EXPECT_TRUE(Expression::compile("hour(now())", {})->depends_on_now());
    EXPECT_TRUE(Expression::compile("now()", {})->evaluate({}, EventTime::missing()).is_null());
    EXPECT_TRUE(compiled->evaluate(std::span(values).first(1), now).is_null()) << "a field beyond the span is null";
    std::vector<FieldValue> mixed(10, FieldValue::text("x"));
    EXPECT_TRUE(compiled->evaluate(mixed, now).is_null()) << "a text where a number was declared is null";
}

TEST(Expression, HasLimits) {
    auto error_of = [](const std::string& text) {
        auto compiled = Expression::compile(text, fields);
        return compiled ? std::string() : compiled.error().message;
    };
    auto nest = [](int depth, const std::string& open) {
        std::string text;
        for (int i = 0; i < depth; ++i) text += open;
        text += "1";
        if (open.back() == '(') text.append(static_cast<std::size_t>(depth), ')');
        return text;
    };
    EXPECT_EQ(error_of(std::string(4095, ' ') + "1"), "");
    EXPECT_NE(error_of(std::string(4096, ' ') + "1").find("the limit is 4096"), std::string::npos);
    for (const char* open : {"(", "-", "not ", "2 ^ ", "abs("}) {
        EXPECT_EQ(error_of(nest(63, open)), "") << open;
        EXPECT_NE(error_of(nest(64, open)).find("nested more than 64 deep"), std::string::npos) << open;
    }
    EXPECT_EQ(error_of(nest(40, "1 + 2 * (")), "");
    EXPECT_NE(error_of(nest(60, "sqft < 1 + 2 * (")).find("more than 128 values at a time"), std::string::npos);
    std::string sum = "0";
    while (sum.size() < 4090) sum += " + 1";
    EXPECT_EQ(error_of(sum), "");
    std::vector<ExpressionField> many(65'536, ExpressionField{"x", FieldKind::number});
    EXPECT_FALSE(Expression::compile("1", many));
}

}  // namespace
}  // namespace quoin
