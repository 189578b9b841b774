#include "commands/time_column.h"

#include <gtest/gtest.h>

#include <cmath>

namespace quoin {
namespace {

std::string first_text(Numbers numbers) {
    auto read = time_column({"t", std::move(numbers)});
    return read ? time_text(read->times[0], read->form) : read.error().message;
}

TEST(TimeColumn, ReadsWholeNumbersByTheFirstFormThatFitsAll) {
    EXPECT_EQ(first_text({1990, 1991}), "1990");
    EXPECT_EQ(first_text({202401, 202412}), "2024-01-01T00:00:00Z");
    EXPECT_EQ(first_text({202401, 202413}), "202401") << "there is no thirteenth month, so these are counts";
    EXPECT_EQ(first_text({20240229, 20240301}), "2024-02-29T00:00:00Z");
    EXPECT_EQ(first_text({20230229, 20230301}), "20230229") << "there is no such day";
    EXPECT_EQ(first_text({1700000000, 1700003600}), "2023-11-14T22:13:20Z");
    EXPECT_EQ(first_text({1700000000000, 1700003600000}), "2023-11-14T22:13:20Z");
    EXPECT_EQ(first_text({1700000000000000, 1700003600000000}), "2023-11-14T22:13:20Z");
    EXPECT_EQ(first_text({-3, 0, 3}), "-3");
    EXPECT_EQ(first_text({1990, 3}), "1990") << "counts, since 3 is no year";
}

TEST(TimeColumn, WritesThemAsTheyWereRead) {
    auto years = time_column({"t", Numbers{1990, std::nan(""), 1992}});
    ASSERT_TRUE(years);
    EXPECT_EQ(years->form, TimeForm::years);
    EXPECT_TRUE(years->times[1].is_missing());
    EXPECT_EQ(output_column("t", {years->times[0], years->times[2]}, years->form).numbers(), (Numbers{1990, 1992}));
    auto counts = time_column({"t", Numbers{0, 1, 2}});
    ASSERT_TRUE(counts);
    EXPECT_EQ(output_column("t", counts->times, counts->form).numbers(), (Numbers{0, 1, 2}));
}

TEST(TimeColumn, RefusesWhatIsNoTime) {
    for (const Numbers& numbers : {Numbers{0.5, 1}, Numbers{INFINITY}, Numbers{-1e16}, Numbers{1e30}, Numbers{1700000000, 1700000000000}})
        EXPECT_NE(first_text(numbers).find("column 't' holds no times"), std::string::npos);
    EXPECT_FALSE(time_column({"t", Categories{{0}, {"soon"}}}));
}

}  // namespace
}  // namespace quoin
