#include "models/detector/series_regimes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/rng.h"

namespace quoin {
namespace {

TEST(SeriesRegimes, FindPlantedShifts) {
    Rng rng(3);
    std::vector<double> values;
    for (int i = 0; i < 300; ++i) values.push_back((i < 100 ? 5 : i < 220 ? 25 : 12) + rng.normal());
    auto found = regimes_of(values);
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->regimes.size(), 3u);
    EXPECT_EQ(found->regimes[0].first, 0u);
    EXPECT_NEAR(static_cast<double>(found->regimes[1].first), 100, 1);
    EXPECT_NEAR(static_cast<double>(found->regimes[2].first), 220, 1);
    EXPECT_NEAR(found->regimes[1].mean, 25, 0.5);
    EXPECT_LT(found->recent_change, 0.1);
}

TEST(SeriesRegimes, OneValueOrEqualOnesAreOneRegimeAndNaNIsRefused) {
    for (std::size_t count : {1u, 2u, 50u}) {
        auto found = regimes_of(std::vector<double>(count, 7.0));
        ASSERT_TRUE(found);
        ASSERT_EQ(found->regimes.size(), 1u);
        EXPECT_NEAR(found->regimes[0].mean, 7, 1e-12);
    }
    EXPECT_FALSE(regimes_of({}));
    EXPECT_FALSE(regimes_of(std::vector<double>{1, 2, std::nan(""), 4}));
    EXPECT_FALSE(regimes_of(std::vector<double>{1, 2, std::numeric_limits<double>::infinity(), 4}));
}

}  // namespace
}  // namespace quoin
