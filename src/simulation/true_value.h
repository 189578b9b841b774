#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/event_time.h"
#include "simulation/metro.h"
#include "simulation/property.h"

namespace quoin {

constexpr std::size_t driver_count = 17;
/// What each driver is called, in the order in which they are summed.
extern const std::array<std::string_view, driver_count> driver_names;

/// Log dollars of the home that every driver is measured against: 310,000 USD.
extern const double log_base_usd;

/// What a property is truly worth on a day, and how far sale prices scatter around it.
struct TrueValue {
    std::array<double, driver_count> drivers{};  ///< log dollars, each to 1e-6
    double log_value = 0;                        ///< log_base_usd + Σ drivers
    double log_sigma = 0;                        ///< 0.06 to 0.12, to 1e-4
};

TrueValue true_value(const Metro& metro, const Facts& facts, EventTime day);

}  // namespace quoin
