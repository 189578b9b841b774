// docs/formats/expressions.md against the code: its table of functions, its examples and its errors.

#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "expression/expression.h"
#include "expression/function.h"

namespace quoin {
namespace {

const std::string path = QUOIN_SOURCE_DIR "/docs/formats/expressions.md";

std::string read_reference() {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The text between two marks, without them.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
    auto from = text.find(begin);
    if (from == std::string::npos) return {};
    from += begin.size();
    return text.substr(from, text.find(end, from) - from);
}

const std::vector<ExpressionField> fields = {{"price", FieldKind::number},
                                             {"sqft", FieldKind::number},
                                             {"minus_seven", FieldKind::number},
                                             {"missing", FieldKind::number},
                                             {"kind", FieldKind::text}};
const std::vector<FieldValue> values = {FieldValue::number(300000), FieldValue::number(1500), FieldValue::number(-7), FieldValue(),
                                        FieldValue::text("Deed")};

std::string shown(const FieldValue& value) {
    if (value.is_null()) return "null";
    return value.is_text() ? fmt::format("\"{}\"", value.text()) : fmt::format("{}", value.number());
}

/// Lines of two columns, two spaces or more apart.
std::vector<std::pair<std::string, std::string>> columns(const std::string& block) {
    std::vector<std::pair<std::string, std::string>> rows;
    std::istringstream lines(block);
    for (std::string line; std::getline(lines, line);)
        if (auto gap = line.find("  "); gap != std::string::npos)
            rows.emplace_back(line.substr(0, gap), line.substr(line.find_first_not_of(' ', gap)));
    return rows;
}

TEST(ExpressionReferenceGolden, HasEveryFunction) {
    const std::string begin = "<!-- functions -->\n", end = "<!-- end of functions -->";
    std::string table = "| function | value |\n|---|---|\n";
    for (const auto& entry : functions()) table += fmt::format("| `{}({})` | {} |\n", entry.name, entry.parameters, entry.description);
    std::string text = read_reference(), written = between(text, begin, end);
    if (std::getenv("QUOIN_GOLDEN") != nullptr) {
        std::ofstream(path, std::ios::binary) << text.replace(text.find(begin) + begin.size(), written.size(), table);
        written = table;
    }
    EXPECT_EQ(written, table) << "run 'make golden' and review docs/formats/expressions.md";
}

TEST(ExpressionReference, ExamplesGiveWhatTheySay) {
    auto rows = columns(between(between(read_reference(), "## Examples", "## Errors"), "```\n", "```"));
    ASSERT_GE(rows.size(), 10u);
    for (const auto& [text, expected] : rows) {
        auto compiled = Expression::compile(text, fields);
        ASSERT_TRUE(compiled) << compiled.error().message;
        EXPECT_EQ(shown(compiled->evaluate(values, from_civil(2024, 3, 1))), expected) << text;
    }
}

TEST(ExpressionReference, ErrorsReadAsTheySay) {
    auto rows = columns(between(between(read_reference() + "## End", "## Errors", "## End"), "```\n", "```"));
    ASSERT_GE(rows.size(), 3u);
    for (const auto& [text, expected] : rows) {
        auto compiled = Expression::compile(text, fields);
        ASSERT_FALSE(compiled) << text;
        EXPECT_EQ(compiled.error().message, expected);
    }
}

}  // namespace
}  // namespace quoin
