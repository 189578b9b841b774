#include "simulation/true_value.h"

#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

constexpr double log_sigma_min = 0.06, log_sigma_max = 0.12;

double rounded_to(double value, double steps_per_unit) { return std::round(value * steps_per_unit) / steps_per_unit; }

double log_type(PropertyType type) {
    switch (type) {
        case PropertyType::single_family: return 0;
        case PropertyType::townhouse: return -0.06;
        case PropertyType::condo: return -0.11;
        case PropertyType::multifamily: return -0.18;
    }
    return 0;
}

/// Homes lose value for sixty years; what still stands after eighty has a charm of its own.
double log_age(double age) { return -0.0035 * std::min(age, 60.0) + 0.004 * std::clamp(age - 80, 0.0, 40.0); }

double log_lot(const Facts& facts) {
    return facts.lot_area_sqft > 0 ? 0.09 * std::log(facts.lot_area_sqft / (facts.type == PropertyType::townhouse ? 2100 : 8500)) : 0;
}

/// Fine finish is worth more in a large home.
double log_grade(const Facts& facts) {
    return 0.06 * (facts.grade - 5.5) + 0.06 * std::max(0.0, facts.grade - 7) * std::max(0.0, std::log(facts.living_area_sqft / 1900));
}

/// Older and odder homes, those far out and those with several units are harder to price.
double log_sigma(const Facts& facts, double age, double centre_distance_km) {
    double sigma = 0.062 + 0.0003 * std::min(age, 80.0) + 0.0004 * std::min(centre_distance_km, 40.0) +
                   0.012 * std::abs(std::log(facts.living_area_sqft / 1900)) + (facts.type == PropertyType::multifamily ? 0.012 : 0);
    return rounded_to(std::clamp(sigma, log_sigma_min, log_sigma_max), 1e4);
}

}  // namespace

const std::array<std::string_view, driver_count> driver_names = {
    "market",     "market_index",   "location",  "school_rating", "property_type", "living_area",   "lot_area", "bedrooms", "bathrooms",
    "year_built", "year_renovated", "condition", "grade",         "stories",       "garage_spaces", "pool",     "hoa"};

const double log_base_usd = 12.644328;  // log 310,000

TrueValue true_value(const Metro& metro, const Facts& facts, EventTime day) {
    auto place = metro.place({facts.latitude, facts.longitude});
    double year = civil(day).year;
    double age = std::max(0.0, year - facts.year_built);
    bool condo = facts.type == PropertyType::condo;
    double renovated = facts.year_renovated > 0 ? 0.09 * std::exp(-(year - facts.year_renovated) / 14) : 0;
    TrueValue value;
    value.drivers = {metro.plan().log_level,
                     metro.log_index(day),
                     metro.log_surface(place),
                     0.022 * (facts.school_rating - 5.5),
                     log_type(facts.type),
                     0.62 * std::log(facts.living_area_sqft / 1900),
                     log_lot(facts),
                     0.03 * (std::min(facts.bedrooms, 4.0) - 3) - 0.02 * std::max(0.0, facts.bedrooms - 5),
                     0.05 * (std::min(facts.bathrooms, 4.0) - 2),
                     log_age(age),
                     renovated,
                     0.055 * (facts.condition - 3) * (age > 50 ? 1.4 : 1),
                     log_grade(facts),
                     facts.type == PropertyType::single_family ? -0.02 * (facts.stories - 1) : 0,
                     (condo ? 0.045 : 0.028) * (std::min(facts.garage_spaces, 3.0) - 1),
                     facts.has_pool * metro.plan().log_pool,
                     -0.00025 * facts.hoa_monthly_usd};
    value.log_value = log_base_usd;
    for (double& driver : value.drivers) {
        // Maths libraries differ in the last bit of exp and log; a millionth is far above that and far below a dollar's worth of noise.
        driver = rounded_to(driver, 1e6);
        value.log_value += driver;
    }
    value.log_sigma = log_sigma(facts, age, distance_km(place, {}));
    return value;
}

}  // namespace quoin
