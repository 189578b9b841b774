// Random expressions: written as text with the fewest parentheses that precedence allows, or with more, they must give what a plain
// evaluation of the tree gives, to the bit. And whatever bytes come, compiling ends in a program or in an error that says something.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <optional>

#include "base/rng.h"
#include "expression/expression.h"
#include "expression/function.h"

namespace quoin {
namespace {

const std::vector<ExpressionField> fields = {
    {"a", FieldKind::number}, {"b", FieldKind::number}, {"c", FieldKind::number}, {"s", FieldKind::text}, {"t", FieldKind::text}};
const std::vector<std::string> words = {"", "deed", "Deed", "lease", "é"};
constexpr int atom = 10;

/// A part of an expression: its text, how tightly its outermost operator binds, and its value.
struct Part {
    std::string text;
    int level = atom;
    std::optional<double> number;
    bool is_literal_null = false;
};

class Writer {
public:
    Writer(Rng& rng, std::span<const FieldValue> values) : rng_(rng), values_(values) {}

    Part part(int depth) {
        if (depth == 0 || rng_.below(8) == 0) return leaf();
        switch (rng_.below(9)) {
            case 0: return logic(depth);
            case 1: return comparison(depth);
            case 2: return condition(depth);
            case 3: return call(depth);
            case 4: return sign_or_not(depth);
            case 5: return texts();
            case 6: return list(depth);
            default: return arithmetic(depth);
        }
    }

private:
    static std::optional<double> finite(double value) { return std::isfinite(value) ? std::optional(value) : std::nullopt; }
    template <class... Args>
    auto pick(Args... choices) {
        return std::array{choices...}[rng_.below(sizeof...(choices))];
    }
    /// In parentheses where they are needed, and now and then where they are not.
    std::string inside(const Part& part, int level) { return part.level < level || rng_.below(6) == 0 ? "(" + part.text + ")" : part.text; }

    Part leaf() {
        auto slot = rng_.below(6);
        if (slot < 3) {
            const FieldValue& value = values_[slot];
            return {fields[slot].name, atom, value.is_null() ? std::nullopt : std::optional(value.number())};
        }
        if (slot == 3) return {"null", atom, std::nullopt, true};
        if (slot == 4) return {"2h", atom, 7.2e9};
        double number = static_cast<double>(rng_.below(40)) / 4;
        return {fmt::format("{}", number), atom, number};
    }

    Part arithmetic(int depth) {
        char sign = pick('+', '-', '*', '/');
        int level = sign == '+' || sign == '-' ? 5 : 6;
        Part left = part(depth - 1), right = part(depth - 1);
        Part made{fmt::format("{} {} {}", inside(left, level), sign, inside(right, level + 1)), level, std::nullopt};
        if (!left.number || !right.number) return made;
        double a = *left.number, b = *right.number;
        made.number = finite(sign == '+' ? a + b : sign == '-' ? a - b : sign == '*' ? a * b : a / b);
        return made;
    }

    Part logic(int depth) {
        bool is_and = rng_.below(2) == 0;
        int level = is_and ? 2 : 1;
        Part left = part(depth - 1), right = part(depth - 1);
        Part made{fmt::format("{} {} {}", inside(left, level), is_and ? "and" : "or", inside(right, level + 1)), level, std::nullopt};
        double decisive = is_and ? 0 : 1;
        auto truth = [](const Part& side) { return side.number ? std::optional<double>(*side.number != 0) : std::nullopt; };
        if (truth(left) == decisive || truth(right) == decisive) made.number = decisive;
        else if (left.number && right.number) made.number = 1 - decisive;
        return made;
    }

    Part comparison(int depth) {
        std::string sign = pick("==", "!=", "<", "<=", ">", ">=");
        Part left = part(depth - 1), right = part(depth - 1);
        for (Part* side : {&left, &right})
            if (side->is_literal_null) *side = {"a / 0", 6, std::nullopt};  // the literal is refused in comparisons
        Part made{fmt::format("{} {} {}", inside(left, 5), sign, inside(right, 5)), 4, std::nullopt};
        if (left.number && right.number) made.number = compared(sign, *left.number, *right.number);
        return made;
    }

    template <class T>
    static double compared(const std::string& sign, const T& a, const T& b) {
        return sign == "==" ? a == b : sign == "!=" ? a != b : sign == "<" ? a < b : sign == "<=" ? a <= b : sign == ">" ? a > b : a >= b;
    }

    Part texts() {
        std::string sign = pick("==", "!=", "<", "<=", ">", ">="), word = words[rng_.below(words.size())];
        std::size_t slot = 3 + rng_.below(2);
        std::optional<double> value;
        if (values_[slot].is_text()) value = compared(sign, std::string(values_[slot].text()), word);
        return {fmt::format("{} {} \"{}\"", fields[slot].name, sign, word), 4, value};
    }

    Part condition(int depth) {
        Part test = part(depth - 1), yes = part(depth - 1), no = part(depth - 1);
        Part made{fmt::format("if({}, {}, {})", test.text, yes.text, no.text), atom, std::nullopt,
                  yes.is_literal_null && no.is_literal_null};
        if (test.number) made.number = *test.number != 0 ? yes.number : no.number;
        return made;
    }

    Part call(int depth) {
        Part x = part(depth - 1), y = part(depth - 1);
        switch (rng_.below(6)) {
            case 0:
                return {fmt::format("coalesce({}, {})", x.text, y.text), atom, x.number ? x.number : y.number,
                        x.is_literal_null && y.is_literal_null};
            case 1: return {fmt::format("is_null({})", x.text), atom, x.number ? 0.0 : 1.0};
            case 2: return {fmt::format("floor({})", x.text), atom, x.number ? finite(std::floor(*x.number)) : std::nullopt};
            case 3: return {fmt::format("abs({})", x.text), atom, x.number ? finite(std::fabs(*x.number)) : std::nullopt};
            case 4:
                return {fmt::format("clamp({}, 0, 3)", x.text), atom, x.number ? finite(std::clamp(*x.number, 0.0, 3.0)) : std::nullopt};
            default: break;
        }
        return {fmt::format("max({}, {}, 1)", x.text, y.text), atom,
                x.number && y.number ? finite(std::max({*x.number, *y.number, 1.0})) : std::nullopt};
    }

    Part sign_or_not(int depth) {
        Part x = part(depth - 1);
        if (rng_.below(2) == 0) return {"-" + inside(x, 8), 7, x.number ? std::optional(-*x.number) : std::nullopt};
        return {"not " + inside(x, 3), 3, x.number ? std::optional<double>(*x.number == 0) : std::nullopt};
    }

    Part list(int depth) {
        Part x = part(depth - 1);
        if (x.is_literal_null) return x;
        bool is_not = rng_.below(2) == 0;
        Part made{fmt::format("{} {}in (1, 2.5, 2 * 3)", inside(x, 5), is_not ? "not " : ""), 4, std::nullopt};
        if (x.number) made.number = (*x.number == 1 || *x.number == 2.5 || *x.number == 6) != is_not;
        return made;
    }

    Rng& rng_;
    std::span<const FieldValue> values_;
};

std::vector<FieldValue> random_values(Rng& rng) {
    std::vector<FieldValue> values;
    for (int i = 0; i < 3; ++i) {
        double size = rng.below(4) == 0 ? 1e300 : 8;
        values.push_back(rng.below(4) == 0 ? FieldValue() : FieldValue::number(std::round(rng.normal() * size)));
    }
    for (int i = 0; i < 2; ++i) values.push_back(rng.below(4) == 0 ? FieldValue() : FieldValue::text(words[rng.below(words.size())]));
    return values;
}

TEST(ExpressionProperty, GivesWhatTheTreeGives) {
    Rng rng(20);
    int numbers = 0, nulls = 0;
    for (int i = 0; i < 30'000; ++i) {
        auto values = random_values(rng);
        Part part = Writer(rng, values).part(1 + static_cast<int>(rng.below(5)));
        if (part.text.size() > 4096) continue;
        auto compiled = Expression::compile(part.text, fields);
        ASSERT_TRUE(compiled) << compiled.error().message;
        FieldValue value = compiled->evaluate(values, EventTime{0});
        ASSERT_EQ(value.is_null(), !part.number) << part.text;
        double expected = part.number.value_or(0) + 0.0;
        ASSERT_EQ(std::bit_cast<std::uint64_t>(value.number()), std::bit_cast<std::uint64_t>(expected)) << part.text;
        (part.number ? numbers : nulls) += 1;
    }
    EXPECT_GT(numbers, 5000);
    EXPECT_GT(nulls, 5000);
}

TEST(ExpressionProperty, EndsOnAnyBytes) {
    std::vector<std::string> pieces = {"(",     ")",        ",",    "+",    "-",     "*",   "/",         "%",
                                       "^",     "==",       "<",    "!=",   "in",    "not", "and",       "or",
                                       "if(",   "if",       "true", "null", "pi",    "a",   "b",         "s",
                                       "t",     "1",        "2.5",  "7d",   "\"x\"", "'",   "\\",        "time(\"2024-01-15\")",
                                       "now()", "lower(s)", "é",    "\xFF", " ",     "$",   "coalesce(", "1e308",
                                       "zz"};
    for (const auto& entry : functions()) pieces.push_back(std::string(entry.name) + "(");
    Rng rng(21);
    int compiled_count = 0;
    for (int i = 0; i < 100'000; ++i) {
        std::string text;
        for (auto left = rng.below(12); left > 0; --left) text += pieces[rng.below(pieces.size())] + (rng.below(2) ? " " : "");
        auto values = random_values(rng);
        auto compiled = Expression::compile(text, fields);
        if (!compiled) {
            ASSERT_EQ(compiled.error().kind, ErrorKind::invalid) << text;
            ASSERT_GT(compiled.error().message.size(), 20u) << text;
            continue;
        }
        ++compiled_count;
        FieldValue value = compiled->evaluate(values, EventTime{1'700'000'000'000'000});
        ASSERT_TRUE(value.is_null() || value.is_text() == (compiled->kind() == FieldKind::text)) << text;
        ASSERT_TRUE(value == compiled->evaluate(values, EventTime{1'700'000'000'000'000})) << text;
    }
    EXPECT_GT(compiled_count, 500);
}

}  // namespace
}  // namespace quoin
