#include <boost/json.hpp>

#include "base/json.h"
#include "commands/command.h"
#include "commands/terminal.h"
#include "commands/terminal_progress.h"
#include "control/project.h"
#include "control/replay_job.h"
#include "prediction/replay.h"

namespace quoin::command {

CommandEntry replay();

namespace {

Result<int> replay_one(Project& project, const CommandLine& line) {
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

void print_table(const ReplayReport& report) {
    TerminalTable table{{"model", "version", "prediction type", "artifact", "equal", "different", "not replayable"}, {}};
    for (const auto& one : report.versions)
        table.rows.push_back({one.model, one.version, one.prediction_type, one.artifact.substr(0, 12), fmt::format("{}", one.equal),
                              fmt::format("{}", one.different), fmt::format("{}", one.not_replayable)});
    fmt::print("{}", render(table, terminal_width()));
    for (const auto& one : report.failures) fmt::print("{} ({} {}): {}\n", one.id, one.model, one.version, one.reason);
}

boost::json::object to_json(const ReplayReport& report) {
    boost::json::array versions, failures;
    for (const auto& one : report.versions)
        versions.push_back({{"model_name", one.model},
                            {"model_version", one.version},
                            {"prediction_type", one.prediction_type},
                            {"artifact", one.artifact},
                            {"equal", one.equal},
                            {"different", one.different},
                            {"not_replayable", one.not_replayable}});
    for (const auto& one : report.failures)
        failures.push_back({{"prediction_id", one.id}, {"model_name", one.model}, {"model_version", one.version}, {"reason", one.reason}});
    return {{"recorded", report.recorded},
            {"equal", report.equal()},
            {"different", report.different()},
            {"not_replayable", report.not_replayable()},
            {"first_asked_at", to_text(report.first)},
            {"last_asked_at", to_text(report.last)},
            {"versions", std::move(versions)},
            {"failures", std::move(failures)}};
}

Result<int> replay_many(Project& project, const CommandLine& line) {
    TRY(records, line.whole("records", 1, limits::replayed_records_max));
    TRY(seed, line.whole("seed", 0, INT64_MAX));
    TerminalProgress progress(line.has("json"));
    ReplayOptions options{static_cast<std::size_t>(records), static_cast<std::uint64_t>(seed), line.text("model")};
    TRY(report, replay_records(project, options, progress));
    progress.finish();
    if (line.has("json")) {
        fmt::print("{}\n", json_text(to_json(report), 2));
    } else {
        print_table(report);
    }
    auto replayed = report.equal() + report.different() + report.not_replayable();
    if (report.equal() != replayed)
        return fail(ErrorKind::corrupt, "of {} answers {} came out different and {} could not be computed again", replayed,
                    report.different(), report.not_replayable());
    if (!line.has("json"))
        fmt::print("{} of {} recorded answers, drawn with seed {}, reproduced bit for bit; asked {} to {}\n", replayed, report.recorded,
                   options.seed, to_text(report.first), to_text(report.last));
    return 0;
}

Result<int> run(const CommandLine& line) {
    if (line.has("id") == line.has("records"))
        return fail_field(ErrorKind::invalid, "id", "name one prediction (pred_…), or say how many to draw with --records");
    TRY(project, Project::open(line.text("dir")));
    return line.has("id") ? replay_one(project, line) : replay_many(project, line);
}

}  // namespace

CommandEntry replay() {
    return {"replay",
            "reproduce past predictions bit for bit, or say what is missing",
            "quoin replay pred_0123456789abcdef0123456789abcdef --dir demo\n  quoin replay --records 10000 --seed 7 --dir demo",
            {{"ID", "", "prediction id"},
             {"--records", "N", "draw so many of the recorded predictions instead"},
             {"--seed", "N", "of the draw", "1"},
             {"--model", "NAME", "draw from those of one model"},
             dir_option(),
             json_option()},
            run};
}

}  // namespace quoin::command
