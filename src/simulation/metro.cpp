#include "simulation/metro.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace quoin {
namespace {

constexpr double km_per_degree = 111.2;
constexpr double radius_km_max = 45;
constexpr std::size_t town_count = 5, bump_count = 7, zip_count = 12;
constexpr double zip_distance_km_min = 5;
constexpr double monthly_shock = 0.004;

double radians(double degrees) { return degrees * std::numbers::pi / 180; }

/// Yearly growth of log prices of the simulated nation: the boom of 2020 to mid 2022, the correction to 2023, the mild recovery.
double national_growth(int year, int month) {
    if (year == 2020) return 0.08;
    if (year == 2021) return 0.16;
    if (year == 2022) return month <= 6 ? 0.12 : -0.08;
    if (year == 2023) return -0.015;
    if (year == 2024) return 0.035;
    return 0.04;
}

/// Highest in June, lowest in December.
double season(std::size_t month) { return 0.02 * std::cos(2 * std::numbers::pi * (static_cast<double>(month % 12) - 5.5) / 12); }

Place draw_on_disc(Rng& rng, double radius_km) {
    for (;;) {
        Place place{(2 * rng.uniform() - 1) * radius_km, (2 * rng.uniform() - 1) * radius_km};
        if (distance_km(place, {}) <= radius_km) return place;
    }
}

}  // namespace

// Centres are those of the cities. Shares, levels and pools are chosen for contrast, not estimated.
const std::array<MetroPlan, metro_count> metro_plans = {{
    {"atlanta_msa", 33.7490, -84.3880, 45, 30305, 0.26, 0.00, 1.00, 0.12, 0.040, 11000},
    {"dallas_msa", 32.7767, -96.7970, 45, 75201, 0.24, -0.02, 1.05, 0.18, 0.045, 8500},
    {"phoenix_msa", 33.4484, -112.0740, 45, 85003, 0.20, 0.05, 1.35, 0.38, 0.090, 7500},
    {"columbus_msa", 39.9612, -82.9988, 45, 43201, 0.14, -0.24, 0.80, 0.05, 0.010, 9000},
    {"seattle_msa", 47.6062, -122.3321, 6, 98101, 0.16, 0.62, 0.95, 0.03, 0.005, 6500},
}};

double distance_km(Place a, Place b) {
    double east = a.east_km - b.east_km, north = a.north_km - b.north_km;
    return std::sqrt(east * east + north * north);
}

Metro::Metro(const MetroPlan& plan, Rng rng, int first_year, int last_year) : plan_(&plan), first_year_(first_year) {
    while (towns_.size() < town_count) {
        auto town = draw_on_disc(rng, 32);
        if (town.east_km > -plan.west_km_max) towns_.push_back(town);
    }
    for (std::size_t i = 0; i < bump_count; ++i) {
        double sign = i % 3 == 2 ? -1 : 1;  // two rich quarters for each poor one
        auto middle = i < town_count ? towns_[i] : draw_on_disc(rng, 20);
        bumps_.push_back({middle, sign * (0.12 + 0.2 * rng.uniform()), 4 + 8 * rng.uniform()});
    }
    zip_middles_.push_back({});
    // 500 draws find the twelve places in every metro; should they not, there are fewer zip codes.
    for (int tries = 0; tries < 500 && zip_middles_.size() < zip_count; ++tries) {
        auto middle = draw_place(rng);
        bool apart = std::ranges::all_of(zip_middles_,
                                         [&](const auto& other) { return distance_km(middle, other) >= zip_distance_km_min; });
        if (apart) zip_middles_.push_back(middle);
    }
    for (std::size_t zip = 0; zip < zip_middles_.size(); ++zip)
        zip_codes_.push_back(fmt::format("{:05}", plan.first_zip_code + static_cast<int>(zip)));
    draw_index(rng, last_year);
}

void Metro::draw_index(Rng& rng, int last_year) {
    double level = 0;
    std::size_t months = 12 * static_cast<std::size_t>(last_year - first_year_ + 1);
    for (std::size_t month = 0; month <= months; ++month) {
        log_index_.push_back(level + season(month) - season(0));
        int year = first_year_ + static_cast<int>(month / 12);
        level += plan_->trend_factor * national_growth(year, static_cast<int>(month % 12) + 1) / 12 + monthly_shock * rng.normal();
    }
}

Place Metro::draw_place(Rng& rng) const {
    for (;;) {
        bool near_centre = rng.uniform() < 0.5;
        auto middle = near_centre ? Place{} : towns_[rng.below(towns_.size())];
        double spread_km = near_centre ? 13 : 6;
        Place place{middle.east_km + spread_km * rng.normal(), middle.north_km + spread_km * rng.normal()};
        if (distance_km(place, {}) <= radius_km_max && place.east_km >= -plan_->west_km_max) return place;
    }
}

Coordinates Metro::coordinates(Place place) const {
    auto rounded = [](double degrees) { return std::round(degrees * 1e5) / 1e5; };
    return {rounded(plan_->latitude + place.north_km / km_per_degree),
            rounded(plan_->longitude + place.east_km / (km_per_degree * std::cos(radians(plan_->latitude))))};
}

Place Metro::place(Coordinates coordinates) const {
    return {(coordinates.longitude - plan_->longitude) * km_per_degree * std::cos(radians(plan_->latitude)),
            (coordinates.latitude - plan_->latitude) * km_per_degree};
}

double Metro::log_surface(Place place) const {
    double log_price = 0.16 - 0.34 * (1 - std::exp(-distance_km(place, {}) / 16));
    for (const auto& bump : bumps_) {
        double distance = distance_km(place, bump.middle) / bump.radius_km;
        log_price += bump.height * std::exp(-distance * distance / 2);
    }
    return log_price;
}

std::size_t Metro::zip(Place place) const {
    auto nearest = std::ranges::min_element(zip_middles_, {}, [&](const auto& middle) { return distance_km(place, middle); });
    return static_cast<std::size_t>(nearest - zip_middles_.begin());
}

double Metro::log_index(EventTime day) const {
    auto date = civil(day);
    auto start = from_civil(date.year, date.month, 1);
    auto end = date.month == 12 ? from_civil(date.year + 1, 1, 1) : from_civil(date.year, date.month + 1, 1);
    double share = (day.days() - start.days()) / (end.days() - start.days());
    auto month = static_cast<std::size_t>(12 * (date.year - first_year_)) + date.month - 1;
    return log_index_[month] + share * (log_index_[month + 1] - log_index_[month]);
}

}  // namespace quoin
