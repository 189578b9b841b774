#pragma once

#include <vector>

#include "events/event_log.h"
#include "prediction/outcome_join.h"

namespace quoin {

/// Hands the events that experiments declared as their outcomes on, each once: from the position of the last call, kept in `store`; an
/// experiment that is new begins with what is logged from now on, since nobody took part before. At most some thousand events a call.
/// Events that cannot be an outcome (no entity, another unit) are logged and passed over. Error: as the log and the store; then nothing is
/// skipped.
Status feed_outcomes(const EventLog& log, const std::vector<Experiment>& running, ExperimentStore& store, OutcomeJoin& join);

}  // namespace quoin
