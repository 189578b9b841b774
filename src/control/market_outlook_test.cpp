#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "learning/market_outlook_fit.h"
#include "simulation/market.h"

namespace quoin {
namespace {

constexpr double year_days = 365.25;

/// One simulated market: what each sale says of the market's level, noise and all, and the level without the noise.
struct Levels {
    std::vector<double> days, seen, truth;
};

Levels levels_of(std::uint64_t seed) {
    auto market = simulate_market({.seed = seed, .homes = 4000}).value();
    const auto& truth = market.truth;
    Levels levels;
    for (std::size_t i = 0; i < truth.rows(); ++i) {
        levels.days.push_back(truth.find("sale_date")->times()[i].days());
        levels.truth.push_back(truth.find("driver_market_index")->numbers()[i]);
        double noise = std::log(market.sales.find("sale_price")->numbers()[i]) - truth.find("log_value")->numbers()[i];
        levels.seen.push_back(levels.truth.back() + noise);
    }
    return levels;
}

/// The truth's own mean over a month around each day.
double level_at(const Levels& levels, double day) {
    double sum = 0, rows = 0;
    for (std::size_t i = 0; i < levels.days.size(); ++i)
        if (std::abs(levels.days[i] - day) < 15) sum += levels.truth[i], ++rows;
    return rows > 0 ? sum / rows : NAN;
}

/// Four years are known of five; the fifth is the test, against the simulation's truth.
TEST(MarketOutlook, TheNextYearLiesWhereTheOutlookSaysAndNoFartherThanNoChange) {
    double error = 0, no_change = 0, damped = 0, points = 0, covered = 0;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        auto levels = levels_of(seed);
        double cut = *std::ranges::max_element(levels.days) - year_days;
        std::vector<double> days, seen;
        for (std::size_t i = 0; i < levels.days.size(); ++i)
            if (levels.days[i] <= cut) days.push_back(levels.days[i]), seen.push_back(levels.seen[i]);
        auto index = fit_market_index(days, seen);
        auto outlook = fit_market_outlook(index).value().value();
        double today = level_at(levels, index.days.back());
        for (int month = 1; month <= 11; ++month) {
            double day = index.days.back() + month * MarketOutlook::month_days, moved = level_at(levels, day) - today;
            error += std::abs(outlook.change_at(day) - moved), no_change += std::abs(moved);
            damped += std::abs(index.at(day) - index.levels.back() - moved);
            covered += std::abs(outlook.change_at(day) - moved) <= outlook.deviation_at(day), ++points;
        }
    }
    fmt::print("outlook: mean absolute error {:.4f} (no change {:.4f}, damped slope {:.4f}); within one deviation {:.2f}\n", error / points,
               no_change / points, damped / points, covered / points);
    EXPECT_LT(error, no_change);
    EXPECT_LT(error, 1.05 * damped);
    EXPECT_GT(covered / points, 0.5);
    EXPECT_LT(covered / points, 0.97);
}

TEST(MarketOutlook, IsKeptAndIsNothingForAShortIndex) {
    MarketIndex index{.days = {}, .levels = {}};
    EXPECT_FALSE(fit_market_outlook(index).value());
    for (int week = 0; week < 52; ++week) index.days.push_back(19'000 + 7 * week), index.levels.push_back(0.001 * week);
    EXPECT_FALSE(fit_market_outlook(index).value());
    for (int week = 52; week < 156; ++week) index.days.push_back(19'000 + 7 * week), index.levels.push_back(0.001 * week);
    auto outlook = fit_market_outlook(index).value().value();
    EXPECT_EQ(outlook.change_at(index.days.back() - 1), 0);
    EXPECT_EQ(outlook.deviation_at(NAN), 0);
    EXPECT_NEAR(outlook.change_at(index.days.back() + MarketOutlook::month_days), 0.001 * MarketOutlook::month_days / 7, 2e-3);
    EXPECT_EQ(outlook.change_at(1e9), outlook.change.back());
    for (std::size_t k = 1; k < outlook.deviation.size(); ++k) EXPECT_GE(outlook.deviation[k], outlook.deviation[k - 1]);
}

}  // namespace
}  // namespace quoin
