#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/event_time.h"
#include "base/rng.h"

namespace quoin {

/// What is fixed about a metropolitan area, whatever the seed.
struct MetroPlan {
    std::string_view market_id;
    double latitude, longitude;  ///< of its centre, degrees
    double west_km_max;          ///< homes lie no further west of the centre: there is water
    int first_zip_code;
    double home_share;        ///< of all homes
    double log_level;         ///< of prices, against the base
    double trend_factor;      ///< how strongly the national trend moves it
    double pool_share;        ///< of single-family homes
    double log_pool;          ///< what a pool is worth
    double lot_sqft_typical;  ///< of single-family homes
};

constexpr std::size_t metro_count = 5;
extern const std::array<MetroPlan, metro_count> metro_plans;

/// East and north of a metro's centre, in km.
struct Place {
    double east_km = 0, north_km = 0;
};

struct Coordinates {
    double latitude, longitude;
};

/// One metropolitan area of one seed: its price surface, its zip codes and its market index.
class Metro {
public:
    Metro(const MetroPlan& plan, Rng rng, int first_year, int last_year);

    const MetroPlan& plan() const { return *plan_; }
    /// A place where homes stand: around the centre or one of the towns.
    Place draw_place(Rng& rng) const;
    /// Rounded to 1e-5 degrees, about a metre.
    Coordinates coordinates(Place place) const;
    Place place(Coordinates coordinates) const;
    /// Smooth part of log price by location: falls with the distance from the centre, rises and falls with the bumps.
    double log_surface(Place place) const;
    /// Number of the zip code whose middle is nearest.
    std::size_t zip(Place place) const;
    const std::string& zip_code(std::size_t zip) const { return zip_codes_[zip]; }
    /// Log price level at a day against the first month: trend, season and shocks, linear within the month.
    double log_index(EventTime day) const;

private:
    struct Bump {
        Place middle;
        double height, radius_km;
    };
    void draw_index(Rng& rng, int last_year);

    const MetroPlan* plan_;
    int first_year_;
    std::vector<Place> towns_;
    std::vector<Bump> bumps_;
    std::vector<Place> zip_middles_;
    std::vector<std::string> zip_codes_;
    std::vector<double> log_index_;  ///< at the first day of each month, one beyond the last
};

double distance_km(Place a, Place b);

}  // namespace quoin
