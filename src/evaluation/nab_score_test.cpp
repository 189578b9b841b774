#include "evaluation/nab_score.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

constexpr NabProfile profile{"of the benchmark's own test", 1.1, 0.11, 1.2};

/// Rows that alarm have score 1. 60 quiet rows go before, as long a probation as the file may have.
NabTally tally_of(std::vector<double> scores, std::vector<NabWindow> windows) {
    NabSeries series;
    series.scores.assign(60, 0.0);
    series.scores.insert(series.scores.end(), scores.begin(), scores.end());
    for (auto window : windows) series.windows.push_back({window.first + 60, window.last + 60});
    return nab_tally(series, profile, 0.5);
}

// The cases and numbers of the benchmark's own unit test (tests/unit/scorer_test.py of numenta/NAB).
TEST(NabScore, AgreesWithTheBenchmarksUnitTest) {
    constexpr double first = 0.8482836399575131 / 0.9866142981514305;
    EXPECT_NEAR(tally_of({0, 0, 0, 0, 0}, {}).points, 0, 1e-12);
    EXPECT_NEAR(tally_of({0, 1, 0, 1, 0}, {}).points, -2 * 0.11, 1e-12);
    EXPECT_NEAR(tally_of({0, 0, 0, 0, 0, 0, 0}, {{1, 2}, {4, 5}}).points, -2 * 1.2, 1e-12);
    EXPECT_NEAR(tally_of({0, 0, 1, 0, 0, 0, 0}, {{1, 2}}).points, first * 1.1, 1e-12);
    EXPECT_NEAR(tally_of({0, 0, 1, 0, 0, 0, 0}, {{1, 2}, {4, 5}}).points, first * 1.1 - 1.2, 1e-12);
    EXPECT_NEAR(tally_of({0, 0, 0, 0, 1, 0, 0}, {{4, 5}}).points, 1.1, 1e-12);
    EXPECT_NEAR(tally_of({0, 0, 0, 0, 1, 1, 0}, {{4, 5}}).points, 1.1, 1e-12);
    EXPECT_NEAR(tally_of({0, 0, 1, 0, 1, 0, 0}, {{1, 2}, {4, 5}}).points, first * 1.1 + 1.1, 1e-12);
}

TEST(NabScore, ProbationIsNotScored) {
    EXPECT_EQ(nab_probation(4032), 604u);
    EXPECT_EQ(nab_probation(22695), 750u);
    NabSeries series;
    series.scores.assign(100, 0.0);
    series.scores[14] = series.scores[15] = 1;
    EXPECT_EQ(nab_tally(series, nab_standard, 0.5).false_alarms, 1u);
}

TEST(NabScore, PerfectIsAHundredAndSilenceIsNought) {
    NabSeries series;
    series.scores.assign(1000, 0.0);
    series.windows = {{300, 399}, {700, 799}};
    EXPECT_NEAR(nab_score(std::vector{series}, nab_standard)->score, 0, 1e-12) << "every row alarms or none";
    series.scores[300] = series.scores[700] = 0.9;
    for (const auto& p : {nab_standard, nab_low_false_alarms, nab_low_misses}) {
        auto score = nab_score(std::vector{series}, p).value();
        EXPECT_NEAR(score.score, 100, 1e-9) << p.name;
        EXPECT_EQ(score.threshold, 0.9);
        EXPECT_EQ(score.tally.true_alarms, 2u);
        EXPECT_EQ(score.tally.missed_rows, 198u);
    }
    series.scores[100] = 0.9;  // in the probation
    series.scores[500] = 0.9;  // a width behind the first window
    double behind = 0.11 * (2 / (1 + std::exp(5 * 101.0 / 99)) - 1);
    EXPECT_NEAR(nab_score(std::vector{series}, nab_standard)->score, 100 * (2 + behind + 2) / 4, 1e-9);
}

// The optimiser walks all thresholds; each tally is that of a walk of its own.
TEST(NabScore, TheThresholdIsTheBest) {
    std::vector<NabSeries> corpus(3);
    std::uint64_t state = 1;
    for (auto& series : corpus) {
        for (int i = 0; i < 500; ++i)
            state = state * 6364136223846793005u + 1442695040888963407u,
            series.scores.push_back(std::floor(static_cast<double>(state >> 58)) / 64);
        series.windows = {{120, 160}, {300, 330}};
    }
    auto best = nab_score(corpus, nab_standard).value();
    for (double threshold = 0; threshold <= 1.1; threshold += 1.0 / 64) {
        double points = 0;
        for (const auto& series : corpus) points += nab_tally(series, nab_standard, threshold).points;
        EXPECT_LE(points, best.tally.points + 1e-9);
        if (threshold == best.threshold) {
            EXPECT_NEAR(points, best.tally.points, 1e-9);
        }
    }
}

TEST(NabScore, RefusesWhatCannotBeScored) {
    NabSeries series{std::vector<double>(10, 0.0), {}};
    EXPECT_FALSE(nab_score(std::vector{series}, nab_standard));
    series.windows = {{3, 12}};
    EXPECT_FALSE(nab_score(std::vector{series}, nab_standard));
    series.windows = {{3, 5}, {5, 6}};
    EXPECT_FALSE(nab_score(std::vector{series}, nab_standard));
    series.windows = {{3, 5}};
    series.scores[1] = std::nan("");
    EXPECT_FALSE(nab_score(std::vector{series}, nab_standard));
}

}  // namespace
}  // namespace quoin
