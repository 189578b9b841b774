#include "evaluation/coverage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"

namespace quoin {
namespace {

TEST(Coverage, CountsAndWidthsByHand) {
    std::vector<IntervalOutcome> outcomes{{100, 90, 120, 120}, {200, 150, 250, 260}, {400, 400, 400, 400}, {-50, -60, -40, -61}};
    auto all = coverage(outcomes).value();
    EXPECT_EQ(all.segment, "all");
    EXPECT_EQ(all.rows, 4u);
    EXPECT_DOUBLE_EQ(all.coverage, 0.5);  // both ends belong to the interval
    EXPECT_DOUBLE_EQ(all.mean_width_share, (0.3 + 0.5 + 0 + 0.4) / 4);
    std::vector<std::string> names{"b", "a", "b", "a"};
    auto rows = coverage_by(outcomes, names).value();
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].segment, "b");
    EXPECT_DOUBLE_EQ(rows[0].coverage, 1);
    EXPECT_DOUBLE_EQ(rows[1].coverage, 0);
}

TEST(Coverage, RefusesCrossedEndsAndNumbersThatAreNone) {
    std::vector<IntervalOutcome> crossed{{100, 110, 90, 100}}, hole{{100, 90, std::nan(""), 100}}, zero{{0, -1, 1, 0}};
    for (const auto& outcomes : {crossed, hole, zero}) EXPECT_FALSE(coverage(outcomes));
    EXPECT_FALSE(coverage({}));
}

TEST(Coverage, CurveOfTheTrueQuantilesIsTheDiagonal) {
    Rng rng(8);
    std::vector<double> labels(20'000);
    for (double& label : labels) label = 100 + rng.uniform();
    std::vector<double> levels{0.5, 0.8, 0.95};
    auto curve = coverage_curve(labels.size(), levels, [&](std::size_t row, double level) {
                     return IntervalOutcome{100.5, 100.5 - level / 2, 100.5 + level / 2, labels[row]};
                 }).value();
    for (std::size_t k = 0; k < levels.size(); ++k) {
        EXPECT_NEAR(curve[k].coverage, levels[k], 4 * std::sqrt(levels[k] * (1 - levels[k]) / 20'000));
        EXPECT_NEAR(curve[k].mean_width_share, levels[k] / 100.5, 1e-12);
    }
}

TEST(Coverage, HonestForecastDeviationsCoverTwoThirdsInEveryBin) {
    Rng rng(9);
    std::vector<FsdOutcome> honest;
    for (int i = 0; i < 30'000; ++i) {
        double fsd = 0.05 + 0.2 * rng.uniform(), value = 300'000;
        honest.push_back({value, fsd, value * (1 + fsd * rng.normal())});
    }
    auto bins = fsd_calibration(honest).value();
    ASSERT_EQ(bins.size(), 10u);
    for (const auto& bin : bins) {
        EXPECT_EQ(bin.rows, 3000u);
        EXPECT_NEAR(bin.within_share, std::erf(1 / std::sqrt(2.0)), 4 * std::sqrt(0.683 * 0.317 / 3000));
        EXPECT_LE(bin.fsd_min, bin.fsd_mean);
        EXPECT_LE(bin.fsd_mean, bin.fsd_max);
    }
    std::vector<FsdOutcome> tied(50, {100, 0.1, 105});
    EXPECT_EQ(fsd_calibration(tied).value().size(), 1u);
    EXPECT_EQ(fsd_calibration(tied).value()[0].within_share, 1);
}

}  // namespace
}  // namespace quoin
