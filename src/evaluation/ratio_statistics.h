#pragma once

#include <span>

#include "base/result.h"
#include "evaluation/ratio_study.h"

namespace quoin {

/// The part of a ratio study that is recomputed for every bootstrap resample.
struct RatioStatistics {
    double median, mean, weighted_mean, cod, prd, prb;  ///< prb is NaN when all sales have one value
};
/// `sales` must have passed check_sales.
RatioStatistics ratio_statistics(std::span<const RatioSale> sales);

/// Error: invalid (no sales; an amount that is not positive and finite).
Status check_sales(std::span<const RatioSale> sales);

/// `sorted`: ascending, not empty.
double median_of_sorted(std::span<const double> sorted);

}  // namespace quoin
