#include <boost/json.hpp>

#include "base/json.h"
#include "commands/command.h"
#include "commands/metric_table.h"
#include "commands/terminal.h"
#include "control/training_job.h"

namespace quoin::command {

CommandEntry train();

namespace {

boost::json::object report_json(const TrainingReport& report) {
    boost::json::array members, gates, notes;
    for (const auto& member : report.members)
        members.push_back({{"name", member.name},
                           {"family", member.family},
                           {"weight", member.weight},
                           {"loss", member.loss},
                           {"summary", member.summary}});
    for (const auto& gate : report.gates)
        gates.push_back(
            {{"gate", gate.gate}, {"measured", gate.measured}, {"limit", gate.limit}, {"passed", gate.passed}, {"message", gate.message}});
    for (const auto& note : report.notes) notes.emplace_back(note);
    boost::json::object object{
        {"model", report.version.model}, {"version", report.version.version_text()},   {"stage", name_of(report.version.stage)},
        {"promoted", report.promoted},   {"artifact", report.version.artifact},        {"members", std::move(members)},
        {"gates", std::move(gates)},     {"out_of_fold", to_json(report.out_of_fold)}, {"notes", std::move(notes)}};
    if (report.test) object["test"] = to_json(*report.test);
    return object;
}

void print_report(const TrainingReport& report, const std::string& dir) {
    auto width = terminal_width();
    TerminalTable members{{"member", "weight", "loss", "size"}, {}};
    for (const auto& member : report.members)
        members.rows.push_back({member.name, fmt::format("{:.3f}", member.weight), fmt::format("{:.4f}", member.loss), member.summary});
    fmt::print("{}", render(members, width));
    if (report.test)
        fmt::print("\n{} on {} rows it had not seen ({})\n{}", report.version.model, report.test->test_rows,
                   report.test->split == "time" ? "the latest" : "held out at random",
                   render(metric_table(report.test->champion, report.test->baselines), width));
    fmt::print("\n");
    for (const auto& gate : report.gates) fmt::print("  {} {}\n", gate.passed ? "✓" : "✗", gate.message);
    for (const auto& note : report.notes) fmt::print("  ! {}\n", note);
    fmt::print("\n{} {} {}\n", report.version.model, report.version.version_text(),
               report.promoted ? "is in production" : "is registered and waits in staging");
    fmt::print("next: quoin serve --dir {0}   (model card: quoin models --dir {0} --card card.html)\n", dir);
}

Result<int> run(const CommandLine& line) {
    TRY(project, Project::open(line.text("dir")));
    TerminalProgress progress(line.has("quiet"));
    TRY(report, run_training(project, {.model = line.text("model"), .evaluate = !line.has("no_test"), .promote = !line.has("no_promote")},
                             progress));
    if (line.has("json")) {
        fmt::print("{}\n", json_text(report_json(report), 2));
    } else {
        print_report(report, line.text("dir"));
    }
    return 0;
}

}  // namespace

CommandEntry train() {
    return {"train",
            "train, test, gate and register the declared model",
            "quoin train --dir demo",
            {dir_option(),
             model_option(),
             {"--no-test", "", "skip the out-of-time test and the plain baselines (its gates then fail)"},
             {"--no-promote", "", "register only"},
             json_option(),
             quiet_option()},
            run};
}

}  // namespace quoin::command
