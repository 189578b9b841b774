#include "evaluation/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/rng.h"

namespace quoin {
namespace {

void expect_disjoint_and_ascending(const Split& split, std::size_t rows) {
    std::vector<int> uses(rows);
    for (const auto* part : {&split.train, &split.test}) {
        EXPECT_TRUE(std::is_sorted(part->begin(), part->end()));
        EXPECT_FALSE(part->empty());
        for (std::size_t row : *part) ++uses.at(row);
    }
    EXPECT_LE(*std::max_element(uses.begin(), uses.end()), 1);
}

/// Each row is in exactly one test part, and in the train part of all other splits.
void expect_partition(const std::vector<Split>& splits, std::size_t rows) {
    std::vector<std::size_t> tests(rows), trains(rows);
    for (const auto& split : splits) {
        expect_disjoint_and_ascending(split, rows);
        for (std::size_t row : split.test) ++tests[row];
        for (std::size_t row : split.train) ++trains[row];
    }
    EXPECT_EQ(tests, std::vector<std::size_t>(rows, 1));
    EXPECT_EQ(trains, std::vector<std::size_t>(rows, splits.size() - 1));
}

EventTime latest(const Split& split, const std::vector<EventTime>& times) {
    EventTime last = EventTime::missing();
    for (std::size_t row : split.train) last = std::max(last, times[row]);
    return last;
}

TEST(Split, ByTimeTestsOnTheLastRowsAndKeepsEqualTimesTogether) {
    Rng rng(1);
    for (int trial = 0; trial < 200; ++trial) {
        std::vector<EventTime> times;
        for (std::size_t i = 0, rows = 5 + rng.below(60); i < rows; ++i)
            times.push_back(EventTime{static_cast<std::int64_t>(rng.below(25)) - 10});
        double share = 0.1 + 0.5 * rng.uniform();
        auto split = time_split(times, share);
        if (!split) continue;  // all early rows share one time
        expect_disjoint_and_ascending(*split, times.size());
        EXPECT_EQ(split->train.size() + split->test.size(), times.size());
        for (std::size_t row : split->test) EXPECT_GT(times[row], latest(*split, times));
        EXPECT_GE(split->test.size() + 0.5, share * static_cast<double>(times.size()));
    }
    std::vector<EventTime> distinct;
    for (int i = 0; i < 100; ++i) distinct.push_back(EventTime{i * 37 % 100});
    EXPECT_EQ(time_split(distinct, 0.2).value().test.size(), 20u);
}

TEST(Split, RollingOriginTrainsOnlyOnThePast) {
    Rng rng(2);
    std::vector<EventTime> times;
    for (int i = 0; i < 500; ++i) times.push_back(EventTime{static_cast<std::int64_t>(rng.below(120))});
    auto splits = rolling_origin(times, 4, 0.5).value();
    std::set<std::size_t> tested;
    for (const auto& split : splits) {
        expect_disjoint_and_ascending(split, times.size());
        for (std::size_t row : split.test) {
            EXPECT_GT(times[row], latest(split, times));
            EXPECT_TRUE(tested.insert(row).second);
        }
        for (std::size_t row = 0; row < times.size(); ++row)  // all of the past is trained on
            EXPECT_EQ(std::binary_search(split.train.begin(), split.train.end(), row), times[row] <= latest(split, times));
        EXPECT_NEAR(static_cast<double>(split.test.size()), 62.5, 12);
    }
    EXPECT_GE(tested.size(), 250u);
    EXPECT_EQ(splits.size(), 4u);
}

TEST(Split, FoldsPartitionTheRowsEvenly) {
    for (std::size_t rows : {5u, 17u, 100u}) {
        auto splits = k_fold(rows, 5, 9).value();
        expect_partition(splits, rows);
        auto [least, most] = std::minmax_element(splits.begin(), splits.end(),
                                                 [](const auto& a, const auto& b) { return a.test.size() < b.test.size(); });
        EXPECT_LE(most->test.size() - least->test.size(), 1u);
    }
    EXPECT_EQ(k_fold(100, 5, 9).value()[0].test, k_fold(100, 5, 9).value()[0].test);
    EXPECT_NE(k_fold(100, 5, 9).value()[0].test, k_fold(100, 5, 10).value()[0].test);
}

TEST(Split, GroupsNeverStraddleFolds) {
    Rng rng(3);
    std::vector<std::int64_t> groups;
    for (int i = 0; i < 400; ++i) groups.push_back(static_cast<std::int64_t>(rng.below(40) * rng.below(3)) - 7);
    auto splits = group_k_fold(groups, 5, 1).value();
    expect_partition(splits, groups.size());
    for (const auto& split : splits) {
        std::set<std::int64_t> tested;
        for (std::size_t row : split.test) tested.insert(groups[row]);
        for (std::size_t row : split.train) EXPECT_FALSE(tested.contains(groups[row]));
    }
    EXPECT_EQ(group_k_fold(groups, 5, 1).value()[2].test, splits[2].test);
}

TEST(Split, KeepsRowsOfATestedGroupOutOfTheTraining) {
    Categories ids{.codes = {0, 1, 0, 2, 1, 3}, .levels = {"a", "b", "c", "d"}};
    auto groups = group_numbers({"id", ids});
    EXPECT_EQ(groups, (std::vector<std::int64_t>{0, 1, 0, 2, 1, 3}));
    Split split{{0, 1, 2, 3}, {4, 5}};
    keep_groups_apart(split, groups);
    EXPECT_EQ(split.train, (std::vector<std::size_t>{0, 2, 3}));
    EXPECT_EQ(split.test, (std::vector<std::size_t>{4, 5}));
}

TEST(Split, RefusesWhatCannotBeSplit) {
    std::vector<EventTime> same(10, EventTime{5}), gap{EventTime{1}, EventTime::missing(), EventTime{2}};
    EXPECT_FALSE(time_split(same, 0.2));
    EXPECT_FALSE(rolling_origin(same, 2, 0.5));
    EXPECT_FALSE(time_split(gap, 0.5));
    EXPECT_FALSE(time_split({}, 0.5));
    EXPECT_FALSE(time_split(same, 1.5));
    EXPECT_FALSE(k_fold(3, 5, 1));
    EXPECT_FALSE(k_fold(3, 1, 1));
    EXPECT_FALSE(group_k_fold(std::vector<std::int64_t>{1, 1, 1}, 2, 1));
}

}  // namespace
}  // namespace quoin
