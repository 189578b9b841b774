#include <boost/json.hpp>

#include "base/json.h"
#include "commands/command.h"
#include "commands/metric_table.h"
#include "commands/terminal.h"
#include "control/evaluation_job.h"
#include "control/project.h"

namespace quoin::command {

CommandEntry evaluate();

namespace {

Result<int> run(const CommandLine& line) {
    auto split = line.text("split");
    if (split != "time" && split != "kfold") return fail_field(ErrorKind::invalid, "--split", "--split is time or kfold, not '{}'", split);
    TRY(folds, line.whole("folds", 2, 100));
    TRY(repeats, line.whole("repeats", 1, 100));
    TRY(project, Project::open(line.text("dir")));
    TRY(declaration, project.declaration(line.text("model")));
    TRY(table, project.source_rows(declaration));
    TerminalProgress progress(line.has("quiet"));
    EvaluationOptions options{.by_time = split == "time",
                              .folds = static_cast<std::size_t>(folds),
                              .repeats = static_cast<std::size_t>(repeats),
                              .baselines = !line.has("no_baselines")};
    TRY(report, quoin::evaluate(table, declaration, options, progress));
    if (line.has("json")) {
        fmt::print("{}\n", json_text(to_json(report), 2));
        return 0;
    }
    fmt::print("{}: {} rows judged by models that had not seen them ({})\n{}", report.model, report.test_rows,
               split == "time" ? "the latest part of time" : fmt::format("{}-fold, {} times", folds, repeats),
               render(metric_table(report.champion, report.baselines), terminal_width()));
    for (const auto& note : report.notes) fmt::print("  ! {}\n", note);
    return 0;
}

}  // namespace

CommandEntry evaluate() {
    return {"evaluate",
            "train anew on a part of the rows and judge on the rest, beside plain learners",
            "quoin evaluate --dir demo --split time --json",
            {dir_option(),
             model_option(),
             {"--split", "KIND", "time (the latest part) or kfold", "time"},
             {"--folds", "N", "of the k-fold", "5"},
             {"--repeats", "N", "of the k-fold, each with its own shuffle", "1"},
             {"--no-baselines", "", "the champion alone"},
             json_option(),
             quiet_option()},
            run};
}

}  // namespace quoin::command
