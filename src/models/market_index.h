#pragma once

#include <boost/json/fwd.hpp>
#include <span>
#include <vector>

#include "base/result.h"

namespace quoin {

/// How the market as a whole moved over time, on the model's scale (log dollars): knots joined by straight lines. Trees cannot
/// extrapolate in time, so a model is learned on label − index and the index is added back. Before the first knot the index is constant;
/// after the last it goes on with the slope at the end, damped (Gardner & McKenzie 1985) so that it levels off.
struct MarketIndex {
    std::vector<double> days;    ///< knots, ascending, days since 1970-01-01
    std::vector<double> levels;  ///< index at each knot
    double slope_per_day = 0;    ///< at the end
    double damping_days = 90;    ///< e-folding time of the slope after the last knot

    /// 0 when there are no knots or `day` is missing (NaN: the last knot's level).
    double at(double day) const;
};

struct MarketIndexOptions {
    double knot_days = 7;        ///< distance of the knots
    double bandwidth_days = 28;  ///< standard deviation of the Gaussian kernel
    double damping_days = 90;
};

/// Fits the index to residuals (label − prediction of a model that does not see time) by local linear regression with a Gaussian kernel
/// (Cleveland 1979; Fan & Gijbels 1996) at each knot; the slope at the end is the kernel's own at the last day. Rows with a missing day are
/// ignored. Less than six bandwidths of time: an index of zero.
MarketIndex fit_market_index(std::span<const double> days, std::span<const double> residuals, const MarketIndexOptions& options = {});

boost::json::object to_json(const MarketIndex& index);
Result<MarketIndex> market_index_from_json(const boost::json::value& value);

}  // namespace quoin
