#pragma once

#include <span>
#include <vector>

#include "models/series/ets_model.h"

namespace quoin {

/// Where the likelihood of exponential smoothing is asked: parameters and the state before the first value.
struct EtsPoint {
    EtsParameters parameters;
    EtsState start;
};

/// n log Σ ε² + 2 Σ log |forecast| for relative errors, n log Σ e² for additive ones: −2 times the logarithm of the likelihood up to a
/// constant (Hyndman, Koehler, Snyder & Grose 2002).
struct EtsScore {
    double value = 0;
    double squares = 0;   ///< Σ of the squared (relative) errors
    EtsPoint gradient{};  ///< of the value, by each entry of the point
    EtsState end;         ///< after the last value; seasons[0] belongs to the next
};

/// Walks forward once and back once: the exact gradient at about three times the cost of the value, O(n), whatever the period. The value is
/// infinite where a level, an index or a forecast that the form multiplies is not positive. Memory is kept between calls: one per thread.
class EtsLikelihood {
public:
    EtsLikelihood(EtsForm form, std::span<const double> values) : form_(form), values_(values), steps_(values.size()) {}
    EtsScore operator()(const EtsPoint& point);

private:
    struct Step {
        double level, slope, season, base, mean, error;
    };
    bool forward(const EtsPoint& point, EtsScore& score);
    void backward(const EtsPoint& point, EtsScore& score) const;
    double error_slope(const Step& step, double squares, double& mean_slope) const;

    EtsForm form_;
    std::span<const double> values_;
    std::vector<Step> steps_;  ///< the state before each value, and what it made of it
};

}  // namespace quoin
