#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/metro.h"

namespace quoin {

enum class PropertyType { single_family, townhouse, condo, multifamily };
constexpr std::array<std::string_view, 4> property_type_names = {"single_family", "townhouse", "condo", "multifamily"};

/// What is true of a property; what a table leaves out is known here.
struct Facts {
    PropertyType type = PropertyType::single_family;
    std::size_t zip = 0;
    double bedrooms = 0, bathrooms = 0;
    double living_area_sqft = 0, lot_area_sqft = 0;  ///< condos have no lot: 0
    double year_built = 0, year_renovated = 0;       ///< renovated 0: never
    double condition = 0, grade = 0, stories = 0, garage_spaces = 0;
    double has_pool = 0, school_rating = 0, hoa_monthly_usd = 0;
    double latitude = 0, longitude = 0;
};

/// A numeric fact as a column: its name, where it stands, and the share of homes whose record leaves it out.
struct FactColumn {
    std::string_view name;
    double Facts::*fact;
    double missing_share;
};
constexpr std::size_t fact_column_count = 15;
extern const std::array<FactColumn, fact_column_count> fact_columns;

struct Home {
    std::string id;
    std::size_t metro = 0;  ///< index into metro_plans
    Facts facts;            ///< at the end of the last year
    std::array<bool, fact_column_count> is_left_out{};
};

/// What the source documents say of a home they name; the rest is drawn.
struct HomePlan {
    std::string id;
    std::uint64_t stream = 0;  ///< its own random numbers
    int metro = -1;            ///< −1: drawn
    int type = -1;             ///< −1: drawn
};

Home draw_home(const HomePlan& plan, const std::vector<Metro>& metros, Rng& rng, int last_year);

/// The facts as they were in an earlier year: not yet renovated, and in a worse condition then.
Facts facts_in(const Facts& now, int year);

}  // namespace quoin
