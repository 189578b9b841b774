#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "control/experiment_job.h"
#include "control/feature_flags.h"
#include "control/outcome_feed.h"
#include "control/project.h"
#include "prediction/challenges.h"
#include "prediction/outcome_join.h"
#include "serving/feature_host.h"
#include "serving/service.h"

namespace quoin {

/// What stands behind a server's experiments: keeps the predictor on the challengers that run, joins outcomes, and lets the job decide.
class ExperimentHost {
public:
    /// All of them outlive it, and the predictor answers nothing any more when it goes. Error: corrupt, unavailable (experiments.db), as
    /// read_feature_flags.
    struct Parts {
        Project& project;
        Predictor& predictor;
        FeatureHost& features;
        Telemetry& telemetry;
    };
    static Result<std::unique_ptr<ExperimentHost>> open(const Parts& parts);

    ~ExperimentHost();

    void attach(Service& service);
    /// Takes changed flags in, decides, joins, and loads what changed. Flags that cannot be read stay as they were, a challenger that
    /// cannot be loaded leaves everything to the champion; both show in health().
    void refresh();
    Status health() const;

private:
    ExperimentHost(const Parts& parts, std::shared_ptr<ExperimentStore> store, FeatureFlags flags);
    Status read_flags();
    void take(FeatureFlags flags);
    Status refreshed();
    Status put_in(const std::vector<Experiment>& unfinished);
    Result<std::shared_ptr<const LiveModel>> challenger_of(const Experiment& experiment);

    Parts parts_;
    std::shared_ptr<ExperimentStore> store_;
    std::shared_ptr<Challenges> challenges_;
    OutcomeJoin join_;
    ExperimentJob job_;
    FeatureFlags flags_;
    Service* service_ = nullptr;
    EventLog* events_ = nullptr;
    std::map<std::string, std::shared_ptr<const LiveModel>> loaded_;  ///< by experiment
    std::string running_;                                             ///< what challenges_ has, as text
    mutable std::mutex mutex_;
    std::string wrong_;
};

}  // namespace quoin
