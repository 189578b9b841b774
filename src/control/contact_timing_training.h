#pragma once

#include "base/clock.h"
#include "control/evaluation_job.h"
#include "learning/declaration.h"
#include "learning/trainer.h"
#include "table/table.h"

namespace quoin {

struct ContactTimingTraining {
    TrainOutcome outcome;   ///< the model; no members, no out-of-fold answers
    EvaluationReport test;  ///< users' later counts, foretold from their earlier ones; baselines "crowd" and "own"
};

/// The crowd's priors from the latest counts of each user; judged on the users' later rows (test_share, by time) from their earlier ones:
/// `log_loss`, mean −log probability of an action's day and hour, and `share_at_choice`, the part of the later actions on the chosen day
/// times that at the chosen hour. "crowd": everybody's shares for all; "own": the user's own counts with half an action added to each.
/// The declaration has task timing, an id and a time. Error: invalid (no later rows, counts that are none).
Result<ContactTimingTraining> train_contact_timing(const Table& table, const Declaration& declaration, const Clock& clock = system_clock());

}  // namespace quoin
