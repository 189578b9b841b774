#pragma once

#include <string>
#include <vector>

#include "commands/terminal.h"
#include "control/scorecard.h"

namespace quoin {

/// Champion and baselines side by side, a metric a row, in people's units (percent where the metric is a share).
TerminalTable metric_table(const Scorecard& champion, const std::vector<Scorecard>& baselines);

}  // namespace quoin
