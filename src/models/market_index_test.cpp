#include "models/market_index.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <limits>
#include <vector>

namespace quoin {
namespace {

TEST(MarketIndex, IsExactOnALineAndLevelsOffAfterwards) {  // local linear regression reproduces a line; closed form after the end
    std::vector<double> days, residuals;
    for (int day = 0; day < 400; ++day) {
        days.push_back(19000 + day);
        residuals.push_back(0.001 * day - 0.2);
    }
    auto index = fit_market_index(days, residuals);
    for (double day : {19000.0, 19123.4, 19399.0}) EXPECT_NEAR(index.at(day), 0.001 * (day - 19000) - 0.2, 1e-9);
    EXPECT_NEAR(index.at(19399 + 1e6), index.at(19399) + 0.001 * 90, 1e-9);
    EXPECT_NEAR(index.at(19399 + 90), index.at(19399) + 0.001 * 90 * (1 - std::exp(-1.0)), 1e-9);
    EXPECT_EQ(index.at(0), index.at(19000));
    EXPECT_EQ(market_index_from_json(to_json(index)).value().at(19200), index.at(19200));
}

TEST(MarketIndex, IsZeroForTooShortATime) {
    std::vector<double> days{1, 2, 3, std::numeric_limits<double>::quiet_NaN()}, residuals{1, 1, 1, 1};
    EXPECT_EQ(fit_market_index(days, residuals).at(2), 0);
}

}  // namespace
}  // namespace quoin
