#include "commands/demo_leads.h"

#include "commands/terminal.h"
#include "control/lead_project.h"
#include "control/training_job.h"

namespace quoin::command {
namespace {

constexpr const char* models[] = {"lead_conversion_model", "lead_time_to_close_model"};

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
    for (const char* model : models) {
        if (project.registry().find(model, "champion")) continue;
        TerminalProgress progress(quiet);
        TRY(report, run_training(project, {.model = model, .baselines = false, .actor = "quoin demo"}, progress));
        for (const auto& gate : report.gates) fmt::print("  {} {}\n", gate.passed ? "✓" : "✗", gate.message);
        if (!report.promoted)
            return fail(ErrorKind::conflict, "the gates refused {} {}; see: quoin models --dir {}", model, report.version.version_text(),
                        project.folder().string());
        fmt::print("{} {} is in production\n", model, report.version.version_text());
    }
    return {};
}

}  // namespace quoin::command
