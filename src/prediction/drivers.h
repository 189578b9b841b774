#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/trained_model.h"
#include "prediction/answer.h"

namespace quoin {

struct Reasons {
    double typical_value;         ///< the answer at the base of the SHAP values, in the label's unit
    std::vector<Driver> drivers;  ///< largest |contribution| first; the amounts of all reasons add up to value − typical_value
};

/// What one row's SHAP values (their base last) say about an answer.
struct Explained {
    std::span<const double> raw, values;
    double value, typical;  ///< the answer, and what it is at the base
    double scale;           ///< of the answer's unit per unit of score
    std::string what;       ///< "value", "probability", "probability of BUY"
    std::string unit;       ///< of the amounts; "" if none
};
Reasons reasons_of(const Encoder& encoder, const Explained& explained, std::size_t most);

/// Exact SHAP values of the score, summed over the encoded features of one reason ("location" from latitude, longitude, postcode and what
/// is made of them), with amounts in the label's unit. On a log scale an amount is contribution · L(value, typical) with the logarithmic
/// mean L(a, b) = (a − b) / (ln a − ln b) (Ang 2004, LMDI), which makes amounts additive without a remainder. `most`: the
/// strongest reasons to put into words; which they are is exact, since one walk gives the values of all features.
std::vector<Reasons> explain(const TrainedModel& model, MatrixView<const double> raw, MatrixView<const double> encoded,
                             std::size_t most = SIZE_MAX);

/// The same of the quantile at place `level` of the model's quantiles, for one row: why the tail is where it is.
Reasons explain_quantile(const TrainedModel& model, std::size_t level, std::span<const double> raw, std::size_t most = SIZE_MAX);

}  // namespace quoin
