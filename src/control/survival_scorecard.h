#pragma once

#include "control/scorecard.h"

namespace quoin {

/// c_index (Harrell's, of the event's hazard) and uno_c_index, ibs (integrated Brier score of P(event by t) over the grid) and ibs_skill
/// (1 − that of the population's curve, Aalen–Johansen), incidence_ece and incidence_error (mean |predicted − observed| over tenths of the
/// rows, and overall) of P(event by the horizon), and of the events within it mae, mdape, median_error and the coverage of intervals, rows
/// weighted by the inverse probability of not being censored. The horizon is the last grid point by which at least 5 % are not censored.
Result<Scorecard> score_of_survival(const Forecasts& forecasts);

}  // namespace quoin
