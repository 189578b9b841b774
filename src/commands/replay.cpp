#include "prediction/replay.h"

#include "commands/command.h"
#include "control/project.h"

namespace quoin::command {

CommandEntry replay();

namespace {

Result<int> run(const CommandLine& line) {
    TRY(project, Project::open(line.text("dir")));
    Telemetry telemetry;
    TRY(records, RecordLog::open(project.records(), telemetry));
    TRY(record, records->find(line.text("id")));
    TRY(model, project.load_artifact(record.model, record.artifact));
    TRY(outcome, quoin::replay(record, *model));
    if (line.has("json")) fmt::print("{}\n", outcome.recomputed);
    if (!outcome.identical)
        return fail(ErrorKind::corrupt, "the answer of '{}' could not be reproduced\n  recorded:   {}\n  recomputed: {}", record.id,
                    outcome.recorded, outcome.recomputed);
    if (!line.has("json"))
        fmt::print("{} reproduced bit for bit: {} {}, artifact {}, asked {}\n", record.id, record.model, record.model_version,
                   record.artifact.substr(0, 12), to_text(record.asked_at));
    return 0;
}

}  // namespace

CommandEntry replay() {
    return {"replay",
            "reproduce a past prediction bit for bit, or say what is missing",
            "quoin replay pred_0123456789abcdef0123456789abcdef --dir demo",
            {{"ID", "", "prediction id", "", true}, dir_option(), json_option()},
            run};
}

}  // namespace quoin::command
