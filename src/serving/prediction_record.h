#pragma once

#include <string>

#include "base/result.h"
#include "prediction/record_log.h"

namespace quoin {

/// A record is on disk some milliseconds after its answer; who asks at once waits for that instead of being told that there is none.
/// Error: not_found.
Result<PredictionRecord> find_record(RecordLog& records, const std::string& id);

}  // namespace quoin
