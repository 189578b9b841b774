#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "control/evaluation_job.h"
#include "control/project.h"
#include "learning/trainer.h"
#include "registry/registry.h"

namespace quoin {

struct TrainingOptions {
    std::string model;      ///< empty: the only one declared
    bool evaluate = true;   ///< the out-of-time test with plain baselines that the gates read; without it no gate on `test.` can pass
    bool baselines = true;  ///< plain learners beside it in that test, which take most of its time
    bool promote = true;    ///< make the version champion if its gates pass
    std::string actor = "quoin train";
};

struct TrainingReport {
    ModelVersion version;
    std::optional<EvaluationReport> test;
    Scorecard out_of_fold;
    std::vector<MemberReport> members;
    std::vector<GateOutcome> gates;
    bool promoted = false;
    std::vector<std::string> notes;
};

/// Declaration → rows → out-of-time test → training on all rows → gates → registered version with model card → promotion. The run, its
/// parameters, metrics and artifacts are in the registry whatever the outcome; nothing is registered unless the whole training succeeded.
Result<TrainingReport> run_training(Project& project, const TrainingOptions& options, Progress& progress = no_progress());

}  // namespace quoin
