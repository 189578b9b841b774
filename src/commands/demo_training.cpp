#include "commands/demo_training.h"

#include "commands/terminal.h"

namespace quoin::command {

Status train_for_demo(Project& project, TrainingOptions options, bool quiet) {
    if (project.registry().find(options.model, "champion")) return {};
    options.actor = "quoin demo";
    TerminalProgress progress(quiet);
    TRY(report, run_training(project, options, progress));
    for (const auto& gate : report.gates) fmt::print("  {} {}\n", gate.passed ? "✓" : "✗", gate.message);
    if (!report.promoted)
        return fail(ErrorKind::conflict, "the gates refused {} {}; see: quoin models --dir {}", options.model,
                    report.version.version_text(), project.folder().string());
    fmt::print("{} {} is in production\n", options.model, report.version.version_text());
    return {};
}

}  // namespace quoin::command
