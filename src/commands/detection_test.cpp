#include "commands/detection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"

namespace quoin {
namespace {

/// Hourly noise around 10, around 40 from row 300 on, with a spike of 120 in row 200; rows 50 to 59 have no value.
Table planted() {
    Rng rng(5);
    Times times;
    Numbers values;
    for (int i = 0; i < 600; ++i) {
        times.push_back(EventTime{1'700'000'000'000'000 + i * 3'600'000'000LL});
        double level = i < 300 ? 10 : 40;
        bool is_missing = i >= 50 && i < 60;
        values.push_back(is_missing ? std::nan("") : i == 200 ? 120 : level + rng.normal());
    }
    Table table;
    EXPECT_TRUE(table.add({"at", times}));
    EXPECT_TRUE(table.add({"load", values}));
    return table;
}

TEST(Detection, FindsTheSpikeAndTheShiftAndCountsWhatHasNoValue) {
    auto found = detect(planted(), {.time_column = "at", .value_columns = {"load"}});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->rows_without_value, 10u);
    ASSERT_EQ(found->times.size(), 590u);
    EXPECT_TRUE(std::ranges::find(found->alarms, 190u) != found->alarms.end());
    auto largest = largest_changes(*found, 1);
    ASSERT_EQ(largest.size(), 1u);
    EXPECT_NEAR(static_cast<double>(largest[0].entry), 290, 2);
    EXPECT_NEAR(largest[0].after - largest[0].before, 30, 3);
    for (double score : found->scores) EXPECT_TRUE(score >= 0 && score <= 1);
    EXPECT_NE(detection_plot(*found, {"load"}).find("<svg"), std::string::npos);
}

TEST(Detection, TheLargestChangesStandInOrderOfTime) {
    Detection found;
    found.values = {{0, 1, 2, 3}};
    found.changes = {{1, 0, 0, 1}, {5, 0, 1, 9}, {9, 0, 9, 8}, {12, 0, 8, -4}};
    auto largest = largest_changes(found, 2);
    ASSERT_EQ(largest.size(), 2u);
    EXPECT_EQ(largest[0].entry, 5u);
    EXPECT_EQ(largest[1].entry, 12u);
    EXPECT_EQ(largest_changes(found, 9).size(), 4u);
}

TEST(Detection, SaysWhatItCannotRead) {
    auto table = planted();
    auto refused = [&](const DetectionRequest& request) { return detect(table, request).error().message; };
    EXPECT_NE(refused({.time_column = "load", .value_columns = {"load"}}).find("holds no times; write them as"), std::string::npos);
    EXPECT_NE(refused({.time_column = "at", .value_columns = {"at"}}).find("holds no numbers"), std::string::npos);
    EXPECT_NE(refused({.time_column = "at", .value_columns = {"lood"}}), "");
}

}  // namespace
}  // namespace quoin
