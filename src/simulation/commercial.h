#pragma once

#include <cstddef>
#include <cstdint>

#include "base/event_time.h"
#include "base/result.h"
#include "table/table.h"

namespace quoin {

namespace limits {
constexpr std::size_t simulated_properties_min = 50, simulated_properties_max = 200'000;
constexpr std::size_t simulated_months_min = 48, simulated_months_max = 600;
}  // namespace limits

struct CommercialOptions {
    std::uint64_t seed = 20260101;
    std::size_t properties = 1500;  ///< com_1, … with the named ones of the documents (prop_123, prop_1, prop_2, prop_3) first
    std::size_t months = 108;
    EventTime end;  ///< the last month is the one it lies in
};

/// Income property that never was: offices, shops, flats, warehouses and hotels of five metros, with everything known about them. The model
/// behind it: docs/guides/simulated-market.md. Rates are fractions (0.065), money is USD, areas are square feet.
struct CommercialMarket {
    /// One row per sale (cap_rate known: first-year net operating income over price) and, last, one per property as it is in the last month
    /// (cap_rate missing): id, observed_at, market_id, property_type, the facts, noi_usd, and what is known of rates and the market then.
    Table sales;
    /// One row per property and quarter with the facts of that day and what its net operating income did over the next twelve months
    /// (noi_growth_12m, a fraction; missing in the last row of each property, the present). current_caprate is what it is offered at.
    Table incomes;
    /// Monthly net operating income per square foot of the typical property of each market and type: market_id, property_type, month,
    /// noi_index.
    Table segments;
    /// Row for row with sales: id, observed_at, true_cap_rate (without the sale's own luck), current_caprate, log_gain_12m: by how much a
    /// property bought at current_caprate gains in value over twelve months when it comes to sell at its true cap rate (missing for sales).
    Table truth;
};

/// Same options, same tables on every machine. Error: invalid, for options outside their limits.
Result<CommercialMarket> simulate_commercial(const CommercialOptions& options);

}  // namespace quoin
