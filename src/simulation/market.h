#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "table/table.h"

namespace quoin {

namespace limits {
constexpr std::size_t simulated_homes_min = 123;  ///< prop_123 is one of the named homes
constexpr std::size_t simulated_homes_max = 1'000'000;
constexpr int simulated_year_min = 1950, simulated_year_max = 2100;
}  // namespace limits

struct MarketOptions {
    std::uint64_t seed = 20260101;
    std::size_t homes = 12000;  ///< prop_1 … prop_<homes>; prop-1, prop-2 and prop-3 come on top
    int first_year = 2020, last_year = 2024;
};

/// A property market that never was, with everything known about it. The model behind it: docs/guides/simulated-market.md.
struct Market {
    /// One row per property, prop_1 first: id, market_id, zip_code, property_type and the facts as they are at the end of the last year.
    Table homes;
    /// One row per arm's-length sale, oldest first: id, sale_date, sale_price (USD, to 500), list_price (known only with the sale: a leak),
    /// and the facts as they were at the sale. Every home has one sale or two.
    Table sales;
    /// Row for row with sales: id, sale_date, true_value_usd, log_sigma (standard deviation of log sale price around log_value), log_value,
    /// base, and for each driver a column driver_<name>: its part of log_value. log_value = base + Σ drivers to the last bit of the sum,
    /// left to right.
    Table truth;
};

/// The market of this seed. Same options, same tables on every machine; a home is the same whatever `homes` is.
/// Error: invalid, for homes or years outside limits or in the wrong order.
Result<Market> simulate_market(const MarketOptions& options = {});

}  // namespace quoin
