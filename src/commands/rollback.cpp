#include "commands/command.h"
#include "control/project.h"

namespace quoin::command {

CommandEntry rollback();

namespace {

Result<int> run(const CommandLine& line) {
    TRY(project, Project::open(line.text("dir")));
    TRY(declaration, project.declaration(line.text("model")));
    TRY(version, project.registry().roll_back(declaration.model, {line.text("actor"), line.text("reason")}));
    fmt::print("{} is back on {}\n", version.model, version.version_text());
    return 0;
}

}  // namespace

CommandEntry rollback() {
    return {"rollback",
            "return to the champion before the current one",
            "quoin rollback --dir demo --reason \"coverage fell\"",
            {dir_option(),
             model_option(),
             {"--actor", "NAME", "who decides", "operator"},
             {"--reason", "TEXT", "why; kept in the ledger", "", true}},
            run};
}

}  // namespace quoin::command
