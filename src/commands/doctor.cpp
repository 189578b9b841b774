#include <filesystem>

#include "base/parallel.h"
#include "commands/command.h"
#include "commands/terminal.h"
#include "control/project.h"
#include "learning/family.h"
#include "models/trained_model.h"

namespace quoin::command {

CommandEntry doctor();

namespace {

struct Finding {
    std::string what;
    Status status;
    std::string fine;
};

std::vector<Finding> check_build() {
    std::vector<Finding> findings{{"cores", {}, fmt::format("{} threads will be used", thread_count())}};
    for (const auto& family : families())
        findings.push_back({"learner " + family.name,
                            family.available ? Status{}
                                             : Status(fail(ErrorKind::unsupported,
                                                           "this build has no {}; run scripts/setup and build again", family.name)),
                            "available"});
    return findings;
}

std::vector<Finding> check_model(Project& project, const std::string& model) {
    std::vector<Finding> findings;
    auto declaration = project.declaration(model);
    findings.push_back({"declaration " + model, declaration.map([](auto&&) {}), "reads well"});
    auto versions = project.registry().versions(model);
    if (!versions) return findings;
    for (const auto& version : *versions) {
        auto blob = project.blobs().get(version.artifact);
        auto loaded = blob ? TrainedModel::load(blob->bytes()).map([](auto&&) {}) : Status(tl::unexpected(blob.error()));
        findings.push_back({fmt::format("artifact {} {}", model, version.version_text()), loaded, "whole and readable"});
    }
    return findings;
}

Finding check_records(const Project& project) {
    Telemetry telemetry;
    auto records = RecordLog::open(project.records(), telemetry);
    auto count = records ? (*records)->verify() : Result<std::uint64_t>(tl::unexpected(records.error()));
    return {"prediction records", count.map([](auto) {}), fmt::format("{} are whole", count.value_or(0))};
}

Result<int> run(const CommandLine& line) {
    auto findings = check_build();
    std::filesystem::path folder = line.text("dir");
    if (std::filesystem::exists(folder)) {
        auto project = Project::open(folder);
        findings.push_back({"project " + folder.string(), project.map([](auto&&) {}), "opens"});
        if (project) {
            findings.push_back({"ledger", project->registry().verify_ledger(), "the chain is whole"});
            findings.push_back(check_records(*project));
            for (const auto& model : project->declared_models())
                for (auto& finding : check_model(*project, model)) findings.push_back(std::move(finding));
        }
    }
    bool healthy = true;
    TerminalTable table{{"", "check", "outcome"}, {}};
    for (const auto& finding : findings) {
        healthy = healthy && finding.status.has_value();
        table.rows.push_back({finding.status ? "✓" : "✗", finding.what, finding.status ? finding.fine : finding.status.error().message});
    }
    fmt::print("{}", render(table, terminal_width()));
    return healthy ? 0 : 6;
}

}  // namespace

CommandEntry doctor() {
    return {"doctor", "check the build, a project's files, artifacts and ledger", "quoin doctor --dir demo", {dir_option()}, run};
}

}  // namespace quoin::command
