#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "models/series/arima_model.h"
#include "models/series/dynamic_theta_model.h"
#include "models/series/ets_model.h"
#include "models/series/learned_path_model.h"
#include "models/series/naive_model.h"
#include "models/series/seasonal_indices.h"
#include "models/series/theta_model.h"

namespace quoin {

/// One method on a series of equal steps: a model of the seasonally adjusted series (or of the series itself, if there are no indices),
/// whose forecasts get the season back. Immutable, thread-safe.
struct SeriesModel {
    std::string name;  ///< of the method: "theta"
    SeasonalIndices season;
    std::variant<NaiveModel, ThetaModel, EtsModel, ArimaModel, DynamicThetaModel, LearnedPathModel> core;

    Result<Forecast> forecast(const ForecastRequest& request) const;
    /// The form that was chosen: "ETS(M,Ad,N)", "ARIMA(0,1,1)"; the name otherwise.
    std::string form() const;
};

/// Several methods as one: the weighted average of their forecasts, with bands around it that are calibrated on past forecasts.
struct CombinedModel {
    std::vector<SeriesModel> members;
    std::vector<double> weights;  ///< one per member, not negative, sum 1
    /// Split-conformal scores of rolling origins, ascending: |actual − point| in half widths of the members' average 68.27 % band (Vovk et
    /// al. 2005; dependent within an origin, so coverage is measured, not proved). Empty: the members' average bands.
    std::vector<double> scores;
    bool are_scores_few = false;  ///< then a band is never narrower than the members' average one

    Result<Forecast> forecast(const ForecastRequest& request) const;
};

/// The average of point and bands by weight, before any calibration. Precondition: one forecast per weight, of one request.
Forecast weighted_average(std::span<const Forecast> forecasts, std::span<const double> weights);

boost::json::object to_json(const SeriesModel& model);
Result<SeriesModel> series_model_from_json(const boost::json::value& value);
boost::json::object to_json(const CombinedModel& model);
Result<CombinedModel> combined_model_from_json(const boost::json::value& value);

}  // namespace quoin
