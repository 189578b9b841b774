#include "simulation/commercial_economy.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace quoin {
namespace {

struct TypePlan {
    double cap_rate, growth, season;  ///< typical cap rate; growth of income beyond rents; half the swing of a year, in logs
};
constexpr std::array<TypePlan, commercial_type_count> type_plans = {{
    {0.054, 0.000, 0.010},   // multifamily
    {0.071, -0.022, 0.005},  // office
    {0.068, -0.008, 0.030},  // retail
    {0.056, 0.012, 0.004},   // industrial
    {0.080, 0.002, 0.110},   // hospitality
}};
/// What a metro's cap rates lie above the nation's.
constexpr std::array<double, metro_count> metro_premium = {0.000, -0.001, 0.002, 0.007, -0.006};

constexpr double treasury_mean = 0.033, treasury_pull = 0.02, treasury_shock = 0.0022;
constexpr double spread_mean = 0.020, spread_pull = 0.08, spread_shock = 0.0012;
constexpr double growth_mean = 0.030, growth_pull = 0.04, growth_shock = 0.0055;
constexpr double segment_shock = 0.004;
constexpr double rate_pass_through = 0.45, spread_pass_through = 0.30, growth_pass_through = -0.35;

/// The next month of a value that is drawn back to its mean.
double next(double value, double mean, double pull, double shock) { return value + pull * (mean - value) + shock; }

}  // namespace

CommercialEconomy::CommercialEconomy(std::size_t months, EventTime end, Rng rng) {
    auto last = civil(end);
    auto last_month = last.year * 12 + static_cast<int>(last.month) - 1, first_month = last_month - static_cast<int>(months) + 1;
    first_year_ = first_month / 12;
    first_month_ = static_cast<unsigned>(first_month % 12 + 1);
    auto national = rng.split(0);
    draw_rates(months, national);
    for (std::size_t metro = 0; metro < metro_count; ++metro) draw_metro(metro, rng.split(1 + metro));
}

EventTime CommercialEconomy::day(std::size_t month) const {
    auto number = first_year_ * 12 + static_cast<int>(first_month_) - 1 + static_cast<int>(month);
    return from_civil(number / 12, static_cast<unsigned>(number % 12 + 1), 1);
}

void CommercialEconomy::draw_rates(std::size_t months, Rng& rng) {
    double treasury = 0.026, spread = spread_mean;
    for (std::size_t month = 0; month < months; ++month) {
        treasury_10y_.push_back(treasury);
        spread_.push_back(spread);
        treasury = std::max(0.004, next(treasury, treasury_mean, treasury_pull, treasury_shock * rng.normal()));
        spread = std::max(0.008, next(spread, spread_mean, spread_pull, spread_shock * rng.normal()));
    }
}

void CommercialEconomy::draw_metro(std::size_t metro, Rng rng) {
    double growth = growth_mean + 0.01 * rng.normal();
    std::array<double, commercial_type_count> level{};
    for (std::size_t month = 0; month < months(); ++month) {
        rent_growth_[metro].push_back(growth);
        auto of_year = static_cast<double>((first_month_ - 1 + month) % 12);
        for (std::size_t type = 0; type < commercial_type_count; ++type) {
            double season = type_plans[type].season * std::cos(2 * std::numbers::pi * (of_year - 6) / 12);
            log_income_[metro][type].push_back(level[type] + season);
            level[type] += (growth + type_plans[type].growth) / 12 + segment_shock * rng.normal();
        }
        growth = next(growth, growth_mean, growth_pull, growth_shock * rng.normal());
    }
}

double CommercialEconomy::typical_cap_rate(std::size_t metro, std::size_t type, std::size_t month) const {
    double expected_growth = rent_growth_[metro][month] + type_plans[type].growth;
    return type_plans[type].cap_rate + metro_premium[metro] + rate_pass_through * (treasury_10y_[month] - treasury_mean) +
           spread_pass_through * (spread_[month] - spread_mean) + growth_pass_through * (expected_growth - growth_mean);
}

}  // namespace quoin
