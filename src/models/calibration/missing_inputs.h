#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"

namespace quoin {

/// How much wider an interval is where inputs are not known. An input that training rows lack often enough has no part in it: the model and
/// its difficulty have learned from those rows. Every other input has a weight, learned from held-out rows with inputs knocked out (Zaffran
/// et al. 2023, "Conformal Prediction with Missing Values": calibrate on rows masked as the question is); weights of several add up as
/// variances do. Immutable, thread-safe.
struct MissingInputs {
    std::vector<double> weights;  ///< by input of the encoder: the share of squared width that it adds, at least 0
    double together = 1;          ///< at least 1: what the sum is multiplied by where two or more with a weight are not known
    double factor_max = 1;        ///< of the width, at least 1: with everything knocked out there is no more to lose

    /// What the width of an interval is multiplied by: √(1 + together · Σ weights of what is NaN in `raw`), at most factor_max.
    double factor(std::span<const double> raw) const;
};

boost::json::object to_json(const MissingInputs& missing);
/// Error: corrupt, for another number of inputs, or weights that are none.
Result<MissingInputs> missing_inputs_from_json(const boost::json::value& stored, std::size_t inputs);

}  // namespace quoin
