#include "table/table.h"

#include <gtest/gtest.h>

#include <cmath>

namespace quoin {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

Table houses() {
    return *Table::make({{"price", Numbers{221900, missing, 1e21}},
                         {"city", Categories{{1, Categories::missing, 0}, {"Kent", "Seattle"}}},
                         {"sold", Times{from_civil(2014, 10, 13), EventTime::missing(), EventTime{1}}}});
}

TEST(Table, TextOfValues) {
    auto table = houses();
    EXPECT_EQ(table.columns()[0].text(0), "221900");
    EXPECT_EQ(table.columns()[0].text(1), "");
    EXPECT_EQ(table.columns()[0].text(2), "1e+21");
    EXPECT_EQ(table.columns()[1].text(0), "Seattle");
    EXPECT_EQ(table.columns()[2].text(0), "2014-10-13T00:00:00Z");
    EXPECT_EQ(table.columns()[2].text(2), "1970-01-01T00:00:00.000001Z");
    for (const auto& column : table.columns()) EXPECT_EQ(column.missing_count(), 1u) << column.name;
}

TEST(Table, RefusesColumnsThatDoNotFit) {
    auto table = houses();
    EXPECT_EQ(table.add({"price", Numbers{1, 2, 3}}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(table.add({"", Numbers{1, 2, 3}}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(table.add({"short", Numbers{1}}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(table.columns().size(), 3u);
    EXPECT_TRUE(table.add({"rooms", Numbers{1, 2, 3}}));
    EXPECT_EQ(table.without("price").columns().size(), 3u);
    EXPECT_EQ(table.without("nothing").columns().size(), 4u);
    EXPECT_EQ(Table::make({{"a", Numbers{1}}, {"b", Numbers{}}}).error().kind, ErrorKind::invalid);
}

TEST(Table, UnknownColumnNamesTheNearest) {
    auto table = *Table::make({{"sqft_lot", Numbers{}}, {"sqft_living", Numbers{}}, {"price", Numbers{}}});
    auto error = table.column("sqft_livng").error();
    EXPECT_EQ(error.kind, ErrorKind::not_found);
    EXPECT_NE(error.message.find("did you mean 'sqft_living'"), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("sqft_lot, sqft_living, price"), std::string::npos) << error.message;
    EXPECT_EQ(table.column("entirely different").error().message.find("did you mean"), std::string::npos);
    EXPECT_EQ(table.column("Price").error().kind, ErrorKind::not_found) << "names are case-sensitive";
}

TEST(Table, TakesRowsInOrderWithRepeats) {
    std::vector<std::size_t> rows = {2, 0, 2};
    auto taken = houses().take(rows);
    ASSERT_EQ(taken.rows(), 3u);
    EXPECT_EQ(taken.columns()[0].numbers()[0], 1e21);
    EXPECT_EQ(taken.columns()[1].text(1), "Seattle");
    EXPECT_EQ(taken.columns()[2].times()[2], EventTime{1});
    EXPECT_EQ(houses().take({}).rows(), 0u);
}

}  // namespace
}  // namespace quoin
