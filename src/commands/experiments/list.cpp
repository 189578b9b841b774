#include "commands/experiments/verbs.h"
#include "commands/terminal.h"
#include "control/project.h"
#include "prediction/experiment_store.h"

namespace quoin::experiments_verb {
namespace {

Result<int> run(const CommandLine& line) {
    TRY(project, Project::open(line.text("dir")));
    TRY(store, ExperimentStore::open(project.experiments_file()));
    TRY(experiments, store->all());
    TerminalTable table{{"id", "product", "champion", "challenger", "state", "share", "started", "conclusion"}, {}};
    for (const auto& one : experiments)
        table.rows.push_back({one.id.substr(0, 8), one.product, one.champion_text(), one.challenger_text(), name_of(one.state),
                              one.is_shadow() ? "shadow" : percent_text(one.share()), to_text(one.started), one.conclusion});
    if (table.rows.empty()) {
        fmt::print("no experiment was started yet; see: quoin experiments start --help\n");
    } else {
        fmt::print("{}", render(table, terminal_width()));
    }
    return 0;
}

}  // namespace

CommandEntry list() {
    return {"list", "all experiments with their state, newest first", "quoin experiments list --dir demo", {dir_option()}, run};
}

}  // namespace quoin::experiments_verb
