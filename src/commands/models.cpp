#include <boost/json.hpp>
#include <cmath>
#include <limits>

#include "base/json.h"
#include "commands/command.h"
#include "commands/terminal.h"
#include "control/project.h"
#include "store/blobs.h"

namespace quoin::command {

CommandEntry models();

namespace {

double metric_or_nan(const ModelVersion& version, const std::string& name) {
    for (const auto& metric : version.metrics)
        if (metric.name == name) return metric.value;
    return std::numeric_limits<double>::quiet_NaN();
}

std::string aliases_text(const std::vector<std::pair<std::string, std::int64_t>>& aliases, std::int64_t number) {
    std::vector<std::string> names;
    for (const auto& [alias, version] : aliases)
        if (version == number) names.push_back(alias);
    return fmt::format("{}", fmt::join(names, ", "));
}

boost::json::object version_json(const ModelVersion& version, const std::string& aliases) {
    boost::json::object metrics;
    for (const auto& metric : version.metrics) metrics[metric.name] = metric.value;
    return {{"model", version.model},
            {"version", version.version_text()},
            {"stage", name_of(version.stage)},
            {"aliases", aliases},
            {"created", to_text(version.created)},
            {"gates_passed", version.gates_passed()},
            {"artifact", version.artifact},
            {"run_id", version.run_id},
            {"metrics", std::move(metrics)}};
}

Result<int> list(Project& project, bool as_json) {
    TerminalTable table{{"model", "version", "stage", "aliases", "created", "gates", "test MdAPE", "test R²/AUC"}, {}};
    boost::json::array array;
    TRY(names, project.registry().models());
    for (const auto& name : names) {
        TRY(versions, project.registry().versions(name));
        TRY(aliases, project.registry().aliases(name));
        for (const auto& version : versions) {
            auto aliased = aliases_text(aliases, version.number);
            array.push_back(version_json(version, aliased));
            double mdape = metric_or_nan(version, "test.mdape"), auc = metric_or_nan(version, "test.auc"),
                   r2 = metric_or_nan(version, "test.r2");
            table.rows.push_back({name, version.version_text(), name_of(version.stage), aliased, to_text(version.created),
                                  version.gates_passed() ? "passed" : "failed", std::isnan(mdape) ? "–" : percent_text(mdape),
                                  std::isnan(auc) && std::isnan(r2) ? "–" : fmt::format("{:.3f}", std::isnan(auc) ? r2 : auc)});
        }
    }
    if (as_json) {
        fmt::print("{}\n", json_text(array, 2));
    } else if (table.rows.empty()) {
        fmt::print("no version is registered yet; make one with: quoin train --dir {}\n", project.folder().string());
    } else {
        fmt::print("{}", render(table, terminal_width()));
    }
    return 0;
}

Result<int> print_ledger(Project& project, const std::string& model) {
    TRY(lines, project.registry().ledger(model));
    TerminalTable table{{"#", "at", "action", "version", "by", "reason"}, {}};
    for (const auto& line : lines)
        table.rows.push_back(
            {fmt::to_string(line.sequence), to_text(line.at), line.action, fmt::format("v{}", line.version), line.actor, line.reason});
    fmt::print("{}", render(table, terminal_width()));
    TRY_VOID(project.registry().verify_ledger());
    fmt::print("the chain of {} lines is whole\n", lines.size());
    return 0;
}

Result<int> print_comparison(Project& project, const std::string& model, const std::string& pair) {
    auto comma = pair.find(',');
    if (comma == std::string::npos) return fail_field(ErrorKind::invalid, "--compare", "--compare takes two versions, such as 1,2");
    TRY(first, project.registry().find(model, pair.substr(0, comma)));
    TRY(second, project.registry().find(model, pair.substr(comma + 1)));
    TRY(comparison, compare(project.registry(), first, second));
    TerminalTable table{{"metric", first.version_text(), second.version_text(), "difference"}, {}};
    auto text = [](const std::optional<double>& value) { return value ? fmt::format("{:.5g}", *value) : std::string("–"); };
    for (const auto& line : comparison.lines)
        table.rows.push_back({line.metric, text(line.first), text(line.second),
                              line.first && line.second ? fmt::format("{:+.3g}", *line.second - *line.first) : "–"});
    for (const auto& [name, values] : comparison.parameters_that_differ) table.rows.push_back({name, values.first, values.second, ""});
    fmt::print("{}", render(table, terminal_width()));
    return 0;
}

Result<int> write_card(Project& project, const std::string& model, const CommandLine& line) {
    auto file = std::filesystem::path(line.text("card"));
    TRY(version, project.registry().find(model, line.text("version")));
    TRY(blob, project.blobs().get(file.extension() == ".md" ? version.card_markdown : version.card_html));
    TRY_VOID(write_file_atomically(file, blob.bytes()));
    fmt::print("wrote the model card of {} {} to {}\n", model, version.version_text(), file.string());
    return 0;
}

Result<int> run(const CommandLine& line) {
    TRY(project, Project::open(line.text("dir")));
    bool one_model = line.has("ledger") || line.has("compare") || line.has("card") || line.has("at");
    if (!one_model) return list(project, line.has("json"));
    TRY(declaration, project.declaration(line.text("model")));
    if (line.has("ledger")) return print_ledger(project, declaration.model);
    if (line.has("compare")) return print_comparison(project, declaration.model, line.text("compare"));
    if (line.has("card")) return write_card(project, declaration.model, line);
    TRY(at, parse_time(line.text("at")));
    TRY(live, project.registry().live_at(declaration.model, at));
    fmt::print("{}\n", live ? fmt::format("v{}", *live) : "no version was live");
    return 0;
}

}  // namespace

CommandEntry models() {
    return {"models",
            "list versions; show the ledger, a comparison, a model card, or what was live at a time",
            "quoin models --dir demo --ledger",
            {dir_option(),
             model_option(),
             {"--version", "VERSION", "number, alias or stage", "latest"},
             {"--ledger", "", "every change, oldest first, with its check"},
             {"--compare", "A,B", "two versions side by side"},
             {"--card", "FILE", "write the model card as .html or .md"},
             {"--at", "TIME", "which version was live then"},
             json_option()},
            run};
}

}  // namespace quoin::command
