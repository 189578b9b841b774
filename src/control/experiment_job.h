#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/telemetry.h"
#include "control/experiment_verdict.h"
#include "prediction/experiment_store.h"
#include "registry/registry.h"

namespace quoin {

/// What is asked for when an experiment is to start.
struct ExperimentRequest {
    std::string product, model;
    std::string challenger;  ///< as Registry::find
    ExperimentTerms terms;
    Change change;
};

/// Experiments from their start to their end: reads new losses, goes to the next step, stops a challenger that is worse and promotes one
/// that is better, through the registry's gates, with the figures in the ledger. What it decides is written down before it is done, and
/// doing it twice changes nothing: cut off anywhere, the next tick goes on. Of several processes one decides. Not thread-safe.
class ExperimentJob {
public:
    /// `registry` and `telemetry` outlive it.
    ExperimentJob(std::shared_ptr<ExperimentStore> store, Registry& registry, Telemetry& telemetry, const Clock& clock = system_clock())
        : store_(std::move(store)), registry_(registry), telemetry_(telemetry), clock_(&clock) {}

    /// Error: not_found (model, version, no champion), conflict (one runs already; the challenger is the champion, is archived, or a gate
    /// of it did not pass although it is to answer), invalid (terms).
    static Result<Experiment> start(ExperimentStore& store, Registry& registry, const ExperimentRequest& request,
                                    const Clock& clock = system_clock());
    /// Ends it by hand: everything is answered by the champion again. Error: not_found, conflict (it has ended).
    static Status stop(ExperimentStore& store, Registry& registry, const std::string& id, const Change& change);
    /// Everything known of one experiment as JSON: terms, state, figures so far or of its conclusion.
    static Result<std::string> describe(ExperimentStore& store, const Experiment& experiment);

    /// Error: as store and registry; the next tick tries again.
    Status tick();

private:
    struct Following {
        explicit Following(const ExperimentTerms& terms) : verdict(terms) {}
        ExperimentVerdict verdict;
        ExperimentFigures figures;
    };
    Status follow(Experiment experiment);
    Status act(Experiment experiment, const Following& following);
    Status carry_out(const Experiment& experiment);
    void show(const Experiment& experiment, const Following& following);
    Status show_observed();

    std::shared_ptr<ExperimentStore> store_;
    Registry& registry_;
    Telemetry& telemetry_;
    const Clock* clock_;
    std::map<std::string, Following> following_;
};

}  // namespace quoin
