#pragma once

#include <boost/json/fwd.hpp>
#include <span>
#include <vector>

#include "base/result.h"

namespace quoin {

/// Platt scaling: p = 1 / (1 + exp(−(slope · score + intercept))), fitted by Newton's method with Platt's target smoothing (Platt 1999;
/// Lin, Lin & Weng 2007).
struct PlattScaling {
    double slope = 1, intercept = 0;
    static Result<PlattScaling> fit(std::span<const double> scores, std::span<const double> labels);
    double probability(double score) const;
};

/// Isotonic regression by pool-adjacent-violators; linear between knots, constant outside (scikit-learn's IsotonicRegression with
/// out_of_bounds="clip").
struct IsotonicCalibration {
    std::vector<double> scores, probabilities;  ///< knots, both ascending
    static Result<IsotonicCalibration> fit(std::span<const double> scores, std::span<const double> labels,
                                           std::span<const double> weights = {});
    double probability(double score) const;
};

boost::json::object to_json(const PlattScaling& scaling);
boost::json::object to_json(const IsotonicCalibration& calibration);

}  // namespace quoin
