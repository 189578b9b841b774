#pragma once

#include <boost/json/fwd.hpp>
#include <memory>
#include <optional>
#include <string_view>

#include "prediction/answer.h"
#include "prediction/drivers.h"
#include "serving/service.h"

namespace quoin {

constexpr std::size_t reasons_max = 5;

/// A question about the platform at a moment: no entity, no comparables, reasons by quantile.
PredictionQuery platform_query(EventTime at);

/// The live model with its quantiles. Error: unavailable, saying which commands make one; conflict, if it has no quantiles.
Result<std::shared_ptr<const LiveModel>> platform_model(Service& service, std::string_view name);

/// Where a level stands in the prediction's quantiles.
std::optional<std::size_t> quantile_place(const Prediction& prediction, double level);

/// What answers from platform models share: prediction_id, model_version, quantiles and notes.
boost::json::object platform_data(const Prediction& prediction);
/// What time adds is told as trend and season; what adds nothing is left out.
boost::json::array reasons_json(const TrainedModel& model, const Reasons& reasons);

/// To three decimals.
double rounded_amount(double value);

}  // namespace quoin
