#include "commands/experiments/verbs.h"
#include "control/experiment_job.h"
#include "control/project.h"

namespace quoin::experiments_verb {
namespace {

Result<int> run(const CommandLine& line) {
    TRY(project, Project::open(line.text("dir")));
    TRY(store, ExperimentStore::open(project.experiments_file()));
    TRY(experiment, store->find(line.text("id")));
    TRY_VOID(ExperimentJob::stop(*store, project.registry(), experiment.id, {line.text("actor"), line.text("reason")}));
    fmt::print("{} is stopped; {} {} answers everybody\n", experiment.id.substr(0, 8), experiment.model, experiment.champion_text());
    return 0;
}

}  // namespace

CommandEntry stop() {
    return {"stop",
            "end an experiment by hand: the champion answers everybody",
            "quoin experiments stop 3f2a9c01 --dir demo --reason \"data of another market\"",
            {{"ID", "", "its id, or the first 8 digits of it", "", true},
             dir_option(),
             {"--actor", "NAME", "who decides", "operator"},
             {"--reason", "TEXT", "why; kept in the ledger", "", true}},
            run};
}

}  // namespace quoin::experiments_verb
