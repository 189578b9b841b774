#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "models/series/forecast.h"

namespace quoin {

/// Error, trend and season of exponential smoothing, in the taxonomy of Hyndman, Koehler, Ord & Snyder (2008).
struct EtsForm {
    enum class Season { none, additive, multiplicative };
    bool has_multiplicative_error = false;
    bool has_trend = false;  ///< additive
    bool is_damped = false;
    Season season = Season::none;
    std::size_t period = 1;

    std::string name() const;  ///< "ETS(M,Ad,A)"
    bool operator==(const EtsForm&) const = default;
};

struct EtsParameters {
    double alpha = 0.1, beta = 0, gamma = 0, phi = 1;
};

/// What is known after a step: seasons[0] belongs to the next one.
struct EtsState {
    double level = 0, slope = 0;
    std::vector<double> seasons = {};
};

/// Exponential smoothing as an innovations state-space model. Bands: the exact variance for forms with additive errors and no
/// multiplicative season (Hyndman et al. 2008, table 6.1), simulated paths of normal errors otherwise. Immutable, thread-safe.
struct EtsModel {
    EtsForm form;
    EtsParameters parameters;
    EtsState end;           ///< after the last value of the history
    double deviation = 0;   ///< of the errors; relative ones if they are multiplicative
    double likelihood = 0;  ///< logarithm, at its maximum
    double aicc = 0;

    Result<Forecast> forecast(const ForecastRequest& request) const;
};

/// The level that one step ahead starts from, and the forecast of that step.
double ets_base(const EtsForm& form, const EtsParameters& parameters, const EtsState& state);
double ets_mean(const EtsForm& form, double base, double season);

boost::json::object to_json(const EtsModel& model);
Result<EtsModel> ets_model_from_json(const boost::json::object& object);

}  // namespace quoin
