#include "commands/demo_movers.h"

#include <algorithm>
#include <filesystem>

#include "commands/terminal.h"
#include "control/demo_movers.h"
#include "control/training_job.h"

namespace quoin {
namespace {

Status train_once(Project& project, const std::string& model, bool quiet) {
    if (project.registry().find(model, "champion")) return {};
    TerminalProgress progress(quiet);
    TRY(report, run_training(project, {.model = model, .baselines = false, .actor = "quoin demo"}, progress));
    for (const auto& gate : report.gates) fmt::print("  {} {}\n", gate.passed ? "✓" : "✗", gate.message);
    if (!report.promoted)
        return fail(ErrorKind::conflict, "the gates refused {} {}; see: quoin models --dir {}", model, report.version.version_text(),
                    project.folder().string());
    fmt::print("{} {} is in production\n", model, report.version.version_text());
    return {};
}

}  // namespace

Status train_movers(Project& project, bool quiet) {
    bool ready = std::ranges::all_of(mover_models(),
                                     [&](const auto& model) { return project.registry().find(model, "champion").has_value(); });
    if (ready) return {};
    if (!std::filesystem::exists(project.folder() / "data" / "movers.parquet")) {
        TRY_VOID(write_mover_tables(project));
        fmt::print("simulated {} past users and what became of them (none of it is real)\n", MoverPopulation{}.users);
    }
    TRY_VOID(declare_movers(project));
    for (const auto& model : mover_models()) TRY_VOID(train_once(project, model, quiet));
    return {};
}

}  // namespace quoin
