#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"
#include "commands/command.h"
#include "commands/terminal.h"
#include "control/evaluation_job.h"
#include "control/project.h"
#include "control/protected_attributes.h"
#include "table/read.h"

namespace quoin::command {

CommandEntry audit();

namespace {

Result<double> number_in(const CommandLine& line, const char* key) {
    auto text = line.text(key);
    char* end = nullptr;
    double number = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !std::isfinite(number))
        return fail_field(ErrorKind::invalid, key, "--{}: '{}' is not a number", key, text);
    return number;
}

void print(const FairnessReport& report, bool as_json) {
    if (as_json) fmt::print("{}\n", json_text(to_json(report), 2));
    else fmt::print("{}", fairness_text(report));
}

/// Any file of scores, outcomes and groups.
Result<int> audit_file(const CommandLine& line) {
    for (const char* key : {"score", "label", "group", "reference"})
        if (!line.has(key)) return fail_field(ErrorKind::invalid, key, "a file of scores needs --score, --label, --group and --reference");
    auto favourable = line.text("favourable");
    if (favourable != "positive" && favourable != "negative")
        return fail_field(ErrorKind::invalid, "favourable", "--favourable is positive or negative, not '{}'", favourable);
    TRY(threshold, number_in(line, "threshold"));
    TRY(table, read_table(line.text("file"), {.columns = {{line.text("score"), ColumnKind::number, true},
                                                          {line.text("label"), ColumnKind::category, true},
                                                          {line.text("group"), ColumnKind::category, true}}}));
    TRY(score, table.column(line.text("score")));
    TRY(label, table.column(line.text("label")));
    TRY(group, table.column(line.text("group")));
    std::vector<double> scores, labels;
    std::vector<std::string> groups;
    for (std::size_t i = 0; i < table.rows(); ++i) {
        if (score->is_missing(i) || label->is_missing(i)) continue;
        scores.push_back(score->numbers()[i]);
        labels.push_back(label->text(i) == line.text("positive") ? 1 : 0);
        groups.push_back(group->is_missing(i) ? "" : group->text(i));
    }
    TRY(audit, audit_fairness({scores, labels, groups, threshold, favourable == "positive"}, line.text("group"), line.text("reference")));
    FairnessReport report;
    report.decisions.push_back(std::move(audit));
    print(report, line.has("json"));
    return 0;
}

/// A model of the project, trained anew without the rows that it is audited on.
Result<int> audit_model(const CommandLine& line) {
    TRY(project, Project::open(line.text("dir")));
    TRY(declaration, project.declaration(line.text("model")));
    if (declaration.protected_attributes.empty())
        return fail(ErrorKind::invalid, "{} declares no protected attributes; see: docs/guides/fairness.md", declaration.model);
    TRY(rows, project.source_rows(declaration));
    TRY(audited, with_protected(project, declaration, std::move(rows)));
    TRY_VOID(check_proxies(audited, declaration));
    TerminalProgress progress(line.has("quiet"));
    TRY(report, quoin::evaluate(audited, declaration, {.by_time = true, .baselines = false}, progress));
    if (!line.has("json")) fmt::print("{}: {} rows that the model had not seen\n", declaration.model, report.test_rows);
    print(report.fairness, line.has("json"));
    return 0;
}

Result<int> run(const CommandLine& line) { return line.has("file") ? audit_file(line) : audit_model(line); }

}  // namespace

CommandEntry audit() {
    return {"audit",
            "fairness of a model's decisions, or of any file of scores, by group",
            "quoin audit scores.csv --score decile_score --threshold 5 --label two_year_recid --group race --reference Caucasian",
            {{"FILE", "", "scores, outcomes and groups; without it a model of the project is audited"},
             {"--score", "COLUMN", "of FILE: a probability or a score"},
             {"--label", "COLUMN", "of FILE: what happened"},
             {"--positive", "LEVEL", "of the label that counts as positive", "1"},
             {"--group", "COLUMN", "of FILE: the protected attribute"},
             {"--reference", "LEVEL", "the group that the others are compared with"},
             {"--threshold", "X", "a score from X on is a positive decision", "0.5"},
             {"--favourable", "WHICH", "the outcome that people want: positive or negative", "positive"},
             dir_option(),
             model_option(),
             json_option(),
             quiet_option()},
            run};
}

}  // namespace quoin::command
