#include "commands/demo_movers.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "commands/demo_training.h"
#include "control/demo_movers.h"
#include "control/feature_store.h"
#include "simulation/activity.h"

namespace quoin {
namespace {

constexpr const char* activity_source = "/simulation/activity";
constexpr std::size_t activity_batch = 20'000;  ///< events that become durable together

}  // namespace

Status train_movers(Project& project, bool quiet) {
    bool ready = std::ranges::all_of(mover_models(),
                                     [&](const auto& model) { return project.registry().find(model, "champion").has_value(); });
    if (ready) return {};
    if (!std::filesystem::exists(project.folder() / "data" / "movers.parquet")) {
        TRY_VOID(write_mover_tables(project));
        TRY(best, best_mover_auc(project));
        fmt::print(
            "simulated {} past users and what became of them (none of it is real); who knew their stages would reach an AUC of {:.3f}\n",
            MoverPopulation{}.users, best);
    }
    TRY_VOID(declare_movers(project));
    for (const auto& model : mover_models()) TRY_VOID(command::train_for_demo(project, {.model = model, .baselines = false}, quiet));
    return {};
}

Status feed_activity(const Project& project) {
    if (std::filesystem::exists(project.folder() / "features" / "states.qfs")) return {};
    Telemetry telemetry;
    TRY(store, FeatureStore::open({.project = project.folder(), .follows_catalog = false}, telemetry));
    TRY(fed, store->log().position(activity_source));
    if (!fed.empty()) return {};
    TRY(simulated, simulate_activity({.end = store->log().now()}));
    EventLog::Batch batch;
    for (auto& happened : simulated) {
        Event event;
        event.source = activity_source, event.id = happened.id, event.type = happened.type, event.data = std::move(happened.data);
        event.time = event.known = happened.time, event.is_history = true;
        batch.events.push_back(std::move(event));
        if (batch.events.size() == activity_batch) TRY_VOID(store->ingest().submit_and_wait(std::exchange(batch, {})));
    }
    batch.positions.push_back({activity_source, "done"});
    TRY_VOID(store->ingest().submit_and_wait(std::move(batch)));
    fmt::print("simulated {} events of 200 users in 90 days (none of it is real)\n", simulated.size());
    return {};
}

}  // namespace quoin
