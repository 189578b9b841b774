#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "prediction/query.h"

namespace quoin {

/// How far an answer was from what happened; smaller is better.
enum class OutcomeLoss {
    absolute_percentage_error,  ///< |predicted − actual| / |actual|
    absolute_error,             ///< in the label's unit
    squared_error,
    brier,     ///< (probability − 0 or 1)²; of several classes half the sum of squares (Brier 1950, halved to lie in [0, 1])
    log_loss,  ///< −log probability of what happened
    pinball,   ///< mean over the answer's quantiles (Koenker & Bassett 1978)
};
const char* name_of(OutcomeLoss loss);
/// Error: invalid, naming those that exist.
Result<OutcomeLoss> outcome_loss_from(std::string_view text);

/// The loss of a recorded answer (PredictionRecord::answer_json) where `actual` happened: a number, or the name of a class. Always finite
/// and ≥ 0. Error: invalid (the actual value does not fit the answer or the loss: a text for a number, an unknown class, no 0 or 1, a price
/// of 0), corrupt (the record).
Result<double> loss_of(OutcomeLoss loss, std::string_view answer_json, const FeatureValue& actual);

}  // namespace quoin
