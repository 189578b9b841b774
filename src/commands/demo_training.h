#pragma once

#include "base/result.h"
#include "control/training_job.h"

namespace quoin::command {

/// Trains a model of the demo, unless it has a champion, and prints its gates. Error: conflict, if they refuse it; as run_training.
Status train_for_demo(Project& project, TrainingOptions options, bool quiet);

}  // namespace quoin::command
