#include "learning/draft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/rng.h"
#include "table/read.h"

namespace quoin {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

Result<Draft> draft_of(const std::string& file, const std::string& target = "") {
    const char* data = std::getenv("QUOIN_DATA");
    auto table = read_table(std::filesystem::path(data) / file);
    if (!table) return tl::unexpected(table.error());
    return draft_declaration(*table, {.model = "", .target = target, .time = "", .id = "", .source = file});
}

bool has_data() { return std::getenv("QUOIN_DATA") != nullptr; }

ColumnRole role_of(const Draft& draft, const std::string& column) {
    for (const auto& feature : draft.declaration.features)
        if (feature.column == column) return feature.role;
    return ColumnRole::none;
}

std::vector<std::string> ignored(const Draft& draft) {
    std::vector<std::string> names;
    for (const auto& column : draft.declaration.ignored) names.push_back(column.column);
    return names;
}

TEST(Draft, TellsTheColumnsOfKingCountyApart) {
    if (!has_data()) GTEST_SKIP() << "QUOIN_DATA is not set";
    auto draft = draft_of("housing/kc_house_data.csv.gz").value();
    const auto& d = draft.declaration;
    EXPECT_EQ(d.label, "price");
    EXPECT_EQ(d.time, "date");
    EXPECT_EQ(d.id, "id");
    EXPECT_TRUE(d.log_label);
    EXPECT_EQ(d.interval_group, "zipcode");
    EXPECT_EQ(role_of(draft, "lat"), ColumnRole::latitude);
    EXPECT_EQ(role_of(draft, "sqft_living"), ColumnRole::living_area);
    EXPECT_EQ(role_of(draft, "yr_renovated"), ColumnRole::year_renovated);
    EXPECT_EQ(d.features.size(), 18u);
}

TEST(Draft, LeavesOutWhatIsKnownOnlyWithTheSale) {
    if (!has_data()) GTEST_SKIP() << "QUOIN_DATA is not set";
    auto draft = draft_of("housing/grinnell_house_sales.csv", "SalePrice").value();
    for (const auto* leak : {"ListPrice", "OrigPrice", "SPLPPct"}) EXPECT_THAT(ignored(draft), Contains(leak));
    EXPECT_THAT(ignored(draft), Not(Contains("SquareFeet")));
}

TEST(Draft, MakesABinaryModelOfLeadsAndWarnsOfTags) {
    if (!has_data()) GTEST_SKIP() << "QUOIN_DATA is not set";
    auto draft = draft_of("leads/x_education_leads.csv.gz").value();
    EXPECT_EQ(draft.declaration.task, Task::binary);
    EXPECT_THAT(draft.leaks, Contains(testing::Field(&LeakFinding::column, "Tags")));
}

TEST(Draft, RefusesAConstantLabelAndOneThatCannotBeTold) {
    auto table = Table::make({{"price", Numbers{5, 5, 5}}, {"a", Numbers{1, 2, 3}}}).value();
    EXPECT_THAT(draft_declaration(table, {}).error().message, HasSubstr("'price' is 5 in every row"));
    auto unnamed = Table::make({{"a", Numbers{1, 2, 3}}, {"b", Numbers{1, 2, 3}}}).value();
    EXPECT_THAT(draft_declaration(unnamed, {}).error().message, HasSubstr("--target"));
}

TEST(Declaration, ReadsBackWhatItWrites) {
    auto table = Table::make({{"price", Numbers{1, 20, 300}}, {"area_sqft", Numbers{100, 200, 300}}, {"x: y #", Numbers{1, 2, 3}}}).value();
    auto draft = draft_declaration(table, {.model = "m", .target = "price", .time = "", .id = "", .source = "a \"b\".csv"}).value();
    auto text = render_declaration(draft.declaration);
    auto again = parse_declaration(text);
    ASSERT_TRUE(again) << again.error().message << "\n" << text;
    EXPECT_EQ(render_declaration(*again), text);
    EXPECT_EQ(again->source, "a \"b\".csv");
}

TEST(Declaration, NamesLineAndKeyOfAMistake) {
    std::string good = "model: m\nsource: a.csv\nlabel: price\nfeatures: [a]\nmembers: [xgboost]\n";
    ASSERT_TRUE(parse_declaration(good));
    struct Case {
        std::string yaml, expected;
    };
    for (const auto& [yaml, expected] :
         {Case{good + "flods: 5\n", "line 6: unknown key 'flods'"}, Case{good + "folds: many\n", "'folds' is of the wrong type"},
          Case{good + "folds: 1\n", "folds must be 2 to 100"},
          Case{"model: m\nsource: a\nlabel: a\nfeatures: [a]\nmembers: [xgboost]\n", "read its own answer"},
          Case{"model: m\nsource: a\nlabel: p\nfeatures: [a]\nmembers: [catboost]\n", "catboost"}, Case{"[1, 2", "not YAML"},
          Case{"model: ../x\nsource: a\nlabel: p\nfeatures: [a]\nmembers: [xgboost]\n", "lower-case"}}) {
        auto parsed = parse_declaration(yaml);
        ASSERT_FALSE(parsed) << yaml;
        EXPECT_THAT(parsed.error().message, HasSubstr(expected)) << yaml;
    }
}

/// Each year is of other towns, as in a county that values a third of them every year.
TEST(Draft, FoldsKeepTownsApartWhereTheLatestRowsAreOfNewOnes) {
    Categories towns, kinds{.codes = {}, .levels = {"flat", "house"}};
    for (int town = 0; town < 30; ++town) towns.levels.push_back(fmt::format("town_{}", town));
    Times times;
    Numbers size, rate;
    Rng rng(3);
    for (int i = 0; i < 900; ++i) {
        int year = i / 300;
        towns.codes.push_back(year * 10 + i % 10), kinds.codes.push_back(i % 3 == 0 ? 0 : 1);
        times.push_back(from_civil(2021 + year, 1, 1));
        size.push_back(1000 + 1000 * rng.uniform()), rate.push_back(0.08 + 0.01 * rng.normal());
    }
    auto table = Table::make({{"assessed", times}, {"town", towns}, {"kind", kinds}, {"size", size}, {"cap_rate", rate}}).value();
    auto draft = draft_declaration(table, {.source = "towns.csv"}).value();
    const auto& declaration = draft.declaration;
    EXPECT_EQ(declaration.fold_kind, "grouped");
    EXPECT_EQ(declaration.fold_group, "town");
    EXPECT_EQ(declaration.objective, Objective::absolute_error);
    EXPECT_FALSE(declaration.has_market_index());
    for (const auto& feature : declaration.features) EXPECT_NE(feature.column, "town");
    auto again = parse_declaration(render_declaration(declaration));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->fold_group, "town");
    EXPECT_EQ(again->objective, Objective::absolute_error);
    for (std::size_t m = 0; m < declaration.members.size(); ++m)
        EXPECT_EQ(again->members[m].objective, declaration.members[m].objective) << m;
    auto same_towns = table.without("assessed");
    Times scattered;
    for (int i = 0; i < 900; ++i) scattered.push_back(from_civil(2021, 1, 1 + i * 7 % 28));
    ASSERT_TRUE(same_towns.add({"assessed", scattered}));
    EXPECT_EQ(draft_declaration(same_towns, {.source = "towns.csv"})->declaration.fold_kind, "shuffled");
}

}  // namespace
}  // namespace quoin
