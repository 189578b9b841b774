#pragma once

#include <filesystem>

#include "base/progress.h"
#include "base/result.h"
#include "control/project.h"
#include "simulation/commercial.h"

namespace quoin {

/// Income property for the demo: simulates a market, writes its tables to <project>/data, declares cap_rate_model and
/// noi_growth_model, and trains them, unless they have been. Error: as simulate_commercial, run_training; conflict, if gates refuse a
/// model.
Status set_up_commercial(Project& project, const CommercialOptions& options, Progress& progress);

}  // namespace quoin
