#pragma once

#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "control/project.h"
#include "control/training_job.h"

namespace quoin {

/// The models that answer about a platform's capacity and tail latency: tail_latency_model and capacity_model.
std::vector<std::string> platform_models();

/// Simulates a platform's telemetry into the project's data folder, declares the platform's models over it as catalog/models has them, and
/// trains those that have no champion. Files that are there already stay as they are. Error: those of the simulation, the disk and
/// training; a version that its gates refuse is no error, the report says so.
Result<std::vector<TrainingReport>> make_platform_models(Project& project, Progress& progress = no_progress());

}  // namespace quoin
