#pragma once

#include <vector>

#include "base/matrix.h"
#include "models/series/prophet_trend.h"

namespace quoin {

/// Prophet's data on the scaled axes, as its Stan program reads them. Times ascend.
struct ProphetData {
    ProphetGrowth growth = ProphetGrowth::linear;
    std::vector<double> times, values, capacities;  ///< capacities: of a logistic trend only
    std::vector<double> changepoints;
    double changepoint_prior_scale = 0.05;  ///< τ in the paper
    Matrix features;                        ///< moment × column
    std::vector<double> prior_scales;       ///< per column
    std::vector<bool> is_multiplicative;    ///< per column
};

/// All parameters in one vector: rate k, offset m, changes δ, effects β. The noise σ stands apart.
struct ProphetPoint {
    std::vector<double> values;
    double noise = 1;
};
ProphetTrend trend_of(const ProphetData& data, const ProphetPoint& point);
std::vector<double> effects_of(const ProphetData& data, const ProphetPoint& point);

/// Sums over the data around a point: residuals r, and the slopes J of the fitted values by each parameter.
struct ProphetSums {
    double squares = 0;         ///< rᵀ r
    Matrix information;         ///< Jᵀ J
    std::vector<double> slope;  ///< Jᵀ r
};

/// Σ r² alone.
double residual_squares(const ProphetData& data, const ProphetPoint& point);
/// All sums in one pass. Within a segment of the trend J has rank two beside the features, so a row costs features²/2, whatever the number
/// of changepoints.
ProphetSums residual_sums(const ProphetData& data, const ProphetPoint& point);

/// −log posterior without constants, given Σ r²: what Stan reports as −lp__. Precondition: noise > 0.
double negative_log_posterior(const ProphetData& data, const ProphetPoint& point, double squares);
/// The noise of greatest posterior, given Σ r²: the positive root of 4 σ⁴ + n σ² = Σ r².
double best_noise(std::size_t rows, double squares);

}  // namespace quoin
