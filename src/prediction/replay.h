#pragma once

#include <string>

#include "base/result.h"
#include "prediction/live_model.h"
#include "prediction/record_log.h"

namespace quoin {

struct ReplayOutcome {
    bool identical;
    std::string recorded, recomputed;  ///< JSON texts
};

/// Answers a recorded query again with the same model version and compares byte for byte. Error: conflict, if `model` is another artifact
/// than the record names; else the errors of LiveModel::answer.
Result<ReplayOutcome> replay(const PredictionRecord& record, const LiveModel& model);

}  // namespace quoin
