#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "models/regressor.h"
#include "models/survival/proportional_hazards.h"

namespace quoin {

/// How likely it is that the event, or the one that rules it out, has happened by a time: step functions from 0, continuous from the right
/// (cumulative incidence). event + competing + "neither yet" = 1 at every time. Value type.
struct Incidence {
    std::vector<double> times;             ///< ascending, none beyond the horizon
    std::vector<double> event, competing;  ///< at and after each time; rising
    double horizon = 0;

    double event_at(double time) const;
    double competing_at(double time) const;
    double probability() const { return event.empty() ? 0 : event.back(); }  ///< of the event within the horizon
    /// Mean time of the event, if it happens within the horizon.
    double expected() const;
    /// The first time by which `share` in (0, 1) of the events within the horizon have happened.
    double quantile(double share) const;
};

/// What a model of the task survival has beside an ensemble of the event's log hazard: proportional cause-specific hazards (Prentice et al.
/// 1978), H_k(t | x) = H_k(t) · e^f_k(x), for the event and, where there is one, for the event that rules it out (a lead that is lost never
/// closes; to count it as censored would say how long leads took if none were ever lost). Immutable; thread-safe.
struct TimeToEvent {
    struct Competing {
        std::string name;     ///< "lost"
        Ensemble log_hazard;  ///< of the encoded features
        BaselineHazard baseline;
    };
    std::string event;        ///< "closed"
    BaselineHazard baseline;  ///< of TrainedModel::ensemble
    std::optional<Competing> competing;
    double horizon = 0;        ///< in the label's unit: nothing is claimed beyond
    std::vector<double> grid;  ///< where answers show the distribution; ascending, within the horizon

    /// `competing_log_hazard` counts only with a competing event.
    Incidence incidence(double log_hazard, double competing_log_hazard) const;
};

/// Error: invalid: a baseline that does not rise or is not finite, none of whose steps lies within the horizon; a grid that is not
/// ascending within the horizon.
Status check(const TimeToEvent& model);

/// All but the members of the competing log hazard, which are sections of their own (docs/formats/bundle.md).
boost::json::object to_json(const TimeToEvent& model);
/// Error: corrupt. Throws as boost::json does, where a key is missing or of another type.
Result<TimeToEvent> time_to_event_from_json(const boost::json::value& value);

}  // namespace quoin
