#pragma once

#include <span>
#include <string>
#include <vector>

#include "models/trained_model.h"
#include "prediction/query.h"

namespace quoin {

/// The raw number of input `index` as a caller wrote it: a category's code (a number counts as its text: 98103 for "98103"), a time in
/// days, NaN for null and for a level not seen in training. `name` is for the error. Error: invalid, naming the field.
Result<double> raw_value(const Encoder& encoder, std::size_t index, const std::string& name, const FeatureValue& value);

/// The raw row of a query that has every feature filled in; what it does not name is missing. Error: invalid (a feature that the model does
/// not know or of the wrong type; `field` says which).
Result<std::vector<double>> raw_row(const TrainedModel& model, const PredictionQuery& filled);

/// What a careful reader of the answer should know: levels not seen in training, numbers outside its range, what is missing.
std::vector<std::string> notes_of(const TrainedModel& model, const PredictionQuery& filled, std::span<const double> raw);

}  // namespace quoin
