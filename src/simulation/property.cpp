#include "simulation/property.h"

#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

constexpr double oldest_year = 1890;

std::size_t draw_metro(Rng& rng) {
    double draw = rng.uniform();
    for (std::size_t metro = 0; metro + 1 < metro_count; ++metro) {
        draw -= metro_plans[metro].home_share;
        if (draw < 0) return metro;
    }
    return metro_count - 1;
}

PropertyType draw_type(Rng& rng) {
    double draw = rng.uniform();
    if (draw < 0.66) return PropertyType::single_family;
    if (draw < 0.79) return PropertyType::townhouse;
    return draw < 0.94 ? PropertyType::condo : PropertyType::multifamily;
}

double whole_within(double value, double lower, double upper) { return std::clamp(std::round(value), lower, upper); }
double rounded_to(double value, double step) { return std::round(value / step) * step; }
bool chance(Rng& rng, double share) { return rng.uniform() < share; }

double typical_living_area_sqft(PropertyType type) {
    switch (type) {
        case PropertyType::single_family: return 1950;
        case PropertyType::townhouse: return 1550;
        case PropertyType::condo: return 1050;
        case PropertyType::multifamily: return 3400;
    }
    return 0;
}

/// Better homes are larger: `quality` is the standard normal behind grade and size.
void draw_size(Facts& facts, double quality, const MetroPlan& plan, Rng& rng) {
    facts.living_area_sqft = std::clamp(
        rounded_to(typical_living_area_sqft(facts.type) * std::exp(0.17 * quality + 0.25 * rng.normal()), 10), 420.0, 9500.0);
    bool multifamily = facts.type == PropertyType::multifamily;
    facts.bedrooms = whole_within(facts.living_area_sqft / 640 + 0.4 + 0.6 * rng.normal(), multifamily ? 2 : 1, multifamily ? 12 : 7);
    facts.bathrooms = std::clamp(rounded_to(0.5 + 0.62 * facts.bedrooms + 0.25 * quality + 0.4 * rng.normal(), 0.5), 1.0,
                                 multifamily ? 10.0 : 6.0);
    double lot = rng.normal();
    switch (facts.type) {
        case PropertyType::single_family:
            facts.lot_area_sqft = rounded_to(plan.lot_sqft_typical * std::exp(0.1 * quality + 0.45 * lot), 50);
            break;
        case PropertyType::townhouse: facts.lot_area_sqft = rounded_to(2100 * std::exp(0.3 * lot), 50); break;
        case PropertyType::condo: facts.lot_area_sqft = 0; break;
        case PropertyType::multifamily: facts.lot_area_sqft = rounded_to(9000 * std::exp(0.4 * lot), 50); break;
    }
}

/// Homes are younger the further out they stand.
void draw_years(Facts& facts, double centre_distance_km, Rng& rng, int last_year) {
    facts.year_built = whole_within(1956 + std::min(1.6 * centre_distance_km, 38.0) + 19 * rng.normal(), oldest_year, last_year);
    double renovation = rng.uniform(), when = rng.uniform();
    double earliest = facts.year_built + 12;
    if (earliest <= last_year && renovation < 0.32) facts.year_renovated = std::floor(earliest + when * (last_year + 1 - earliest));
}

void draw_features(Facts& facts, const MetroPlan& plan, Rng& rng) {
    double pool = rng.uniform(), garage = rng.normal(), storey = rng.uniform(), dues = rng.uniform(), has_dues = rng.uniform();
    switch (facts.type) {
        case PropertyType::single_family:
            facts.stories = storey < 0.52 ? 1 : storey < 0.95 ? 2 : 3;
            facts.garage_spaces = whole_within(0.9 + facts.living_area_sqft / 2400 + 0.7 * garage, 0, 4);
            facts.has_pool = pool < plan.pool_share ? 1 : 0;
            facts.hoa_monthly_usd = has_dues < 0.3 ? rounded_to(20 + 110 * dues, 5) : 0;
            break;
        case PropertyType::townhouse:
            facts.stories = storey < 0.7 ? 2 : 3;
            facts.garage_spaces = whole_within(1 + 0.7 * garage, 0, 2);
            facts.has_pool = pool < 0.02 ? 1 : 0;
            facts.hoa_monthly_usd = rounded_to(90 + 260 * dues, 5);
            break;
        case PropertyType::condo:
            facts.stories = storey < 0.92 ? 1 : 2;
            facts.garage_spaces = whole_within(0.7 + 0.6 * garage, 0, 2);
            facts.hoa_monthly_usd = rounded_to(210 + 480 * dues * dues, 5);
            break;
        case PropertyType::multifamily:
            facts.stories = storey < 0.2 ? 1 : storey < 0.8 ? 2 : 3;
            facts.garage_spaces = whole_within(1.2 + 1.1 * garage, 0, 4);
            break;
    }
}

}  // namespace

// The shares are those of a county file in good order; what a price needs most (size, year, place, type) is always there.
const std::array<FactColumn, fact_column_count> fact_columns = {{
    {"bedrooms", &Facts::bedrooms, 0},
    {"bathrooms", &Facts::bathrooms, 0.01},
    {"living_area_sqft", &Facts::living_area_sqft, 0},
    {"lot_area_sqft", &Facts::lot_area_sqft, 0.02},
    {"year_built", &Facts::year_built, 0},
    {"year_renovated", &Facts::year_renovated, 0.02},
    {"condition", &Facts::condition, 0.03},
    {"grade", &Facts::grade, 0.02},
    {"stories", &Facts::stories, 0.02},
    {"garage_spaces", &Facts::garage_spaces, 0.05},
    {"has_pool", &Facts::has_pool, 0},
    {"school_rating", &Facts::school_rating, 0.04},
    {"hoa_monthly_usd", &Facts::hoa_monthly_usd, 0.06},
    {"latitude", &Facts::latitude, 0},
    {"longitude", &Facts::longitude, 0},
}};

Home draw_home(const HomePlan& plan, const std::vector<Metro>& metros, Rng& rng, int last_year) {
    Home home{.id = plan.id};
    // Both are drawn even where the plan says them, so that a plan changes nothing else about the home.
    std::size_t drawn_metro = draw_metro(rng);
    PropertyType drawn_type = draw_type(rng);
    home.metro = plan.metro < 0 ? drawn_metro : static_cast<std::size_t>(plan.metro);
    auto& facts = home.facts;
    facts.type = plan.type < 0 ? drawn_type : static_cast<PropertyType>(plan.type);
    const auto& metro = metros[home.metro];
    auto coordinates = metro.coordinates(metro.draw_place(rng));
    auto place = metro.place(coordinates);
    facts.latitude = coordinates.latitude;
    facts.longitude = coordinates.longitude;
    facts.zip = metro.zip(place);
    double surface = metro.log_surface(place);
    double quality = rng.normal();
    draw_size(facts, quality, metro.plan(), rng);
    draw_years(facts, distance_km(place, {}), rng, last_year);
    facts.grade = whole_within(5.6 + 1.3 * quality + 0.6 * rng.normal(), 1, 10);
    double worn_years = last_year - std::max(facts.year_built, facts.year_renovated);
    facts.condition = whole_within(4.1 - 0.016 * worn_years + 0.8 * rng.normal(), 1, 5);
    facts.school_rating = whole_within(5.4 + 6 * surface + 1.2 * rng.normal(), 1, 10);
    draw_features(facts, metro.plan(), rng);
    for (std::size_t c = 0; c < fact_column_count; ++c) home.is_left_out[c] = chance(rng, fact_columns[c].missing_share);
    return home;
}

Facts facts_in(const Facts& now, int year) {
    Facts then = now;
    if (now.year_renovated > year) {
        then.year_renovated = 0;
        then.condition = std::max(1.0, now.condition - 1);
    }
    return then;
}

}  // namespace quoin
