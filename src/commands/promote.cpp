#include "commands/command.h"
#include "control/project.h"

namespace quoin::command {

CommandEntry promote();

namespace {

Result<int> run(const CommandLine& line) {
    TRY(project, Project::open(line.text("dir")));
    TRY(declaration, project.declaration(line.text("model")));
    TRY(version, project.registry().find(declaration.model, line.text("version")));
    TRY_VOID(
        project.registry().promote(version.model, version.number, {line.text("actor"), line.text("reason")}, line.has("override_gates")));
    fmt::print("{} {} is in production\n", version.model, version.version_text());
    return 0;
}

}  // namespace

CommandEntry promote() {
    return {"promote",
            "make a version the champion, if its gates passed",
            "quoin promote --dir demo --version 3 --reason \"quarterly review\"",
            {dir_option(),
             model_option(),
             {"--version", "VERSION", "number, alias or stage", "latest"},
             {"--actor", "NAME", "who decides", "operator"},
             {"--reason", "TEXT", "why; kept in the ledger", "", true},
             {"--override-gates", "", "promote although a gate failed; the ledger says so"}},
            run};
}

}  // namespace quoin::command
