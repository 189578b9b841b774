#include "commands/demo_leads.h"

#include "commands/demo_training.h"
#include "control/lead_project.h"

namespace quoin::command {
namespace {

Status prepare(const Project& project) {
    Telemetry telemetry;
    TRY(store, FeatureStore::open({.project = project.folder(), .follows_catalog = false}, telemetry));
    TRY(leads, simulate_leads({.end = store->log().now()}));
    TRY(rows, prepare_leads(project, *store, leads));
    fmt::print("simulated {} events of {} leads; {} moments to learn from (none of it is real)\n", leads.events.size(),
               LeadOptions{}.leads + 1, rows);
    return {};
}

}  // namespace

Status set_up_leads(Project& project, bool quiet) {
    if (!std::filesystem::exists(project.folder() / "data" / "leads.parquet")) TRY_VOID(prepare(project));
    for (const auto& model : lead_models()) TRY_VOID(train_for_demo(project, {.model = model, .baselines = false}, quiet));
    return {};
}

}  // namespace quoin::command
