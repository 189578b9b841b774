#pragma once

#include <vector>

#include "models/trained_model.h"
#include "prediction/answer.h"

namespace quoin {

/// The months after the answer's day: its score moved by the outlook's change from that day on. The interval is the answer's first, wider
/// by as much as the market's deviation adds to its own: √(σ² + σ_market²) ÷ σ on the model's scale. Empty without an outlook or an
/// interval.
std::vector<FutureValue> value_forecast(const TrainedModel& model, const Prediction& prediction);

}  // namespace quoin
