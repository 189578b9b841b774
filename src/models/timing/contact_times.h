#pragma once

#include <array>
#include <boost/json/fwd.hpp>
#include <span>
#include <vector>

#include "base/probability.h"
#include "models/timing/dirichlet.h"

namespace quoin {

/// When users answer, learned from a crowd: a prior over the days of the week and one over the hours of the day, taken as independent of
/// each other given the user. Immutable, thread-safe.
struct ContactTimes {
    static constexpr std::size_t days = 7, hours = 24;
    DirichletPrior by_day;   ///< Monday first
    DirichletPrior by_hour;  ///< from midnight

    struct Slot {
        std::size_t day, hour;
        double share;  ///< posterior mean: what part of the user's actions is expected in this hour of the week; evenly spread 1/168
    };
    /// What counts say of one user.
    struct Answer {
        Slot best;
        std::vector<Slot> alternatives;  ///< of the other days, best first
        double crowd_share;              ///< of best.day and best.hour, without the user's own counts
        double day_share, hour_share;    ///< posterior means; their product is best.share
        double confidence;               ///< P(the day is the user's best) · P(the user's best hour is this or a neighbour)
        double actions;                  ///< of the user's own
        DirichletPrior day, hour;        ///< the posterior
    };
    /// The hour of the week with the highest posterior mean. Not a draw (Thompson sampling): the answer serves one contact and must be the
    /// same when it is replayed; who sends many messages and wants to learn from them uses a bandit. counts: days, then hours; NaN is 0.
    Answer answer(std::span<const double> counts, std::size_t alternatives) const;

    /// counts: users × 31. Error: as DirichletPrior::fit.
    static Result<ContactTimes> fit(MatrixView<const double> counts);
};

struct ShareInterval {
    double lower, upper;
};
/// Central credible interval of the share of one hour of the week: the product of two beta variables, by the beta variable with the same
/// first two moments (Fan 1991).
ShareInterval credible_interval(const ContactTimes::Answer& answer, Probability level);

/// "Monday" …
const char* day_name(std::size_t day);

boost::json::object to_json(const ContactTimes& times);
Result<ContactTimes> contact_times_from_json(const boost::json::value& value);

}  // namespace quoin
