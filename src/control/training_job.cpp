#include "control/training_job.h"

#include <algorithm>
#include <cmath>

#include "base/digest.h"
#include "control/contact_timing_training.h"
#include "control/training_card.h"
#include "learning/leak_search.h"
#include "registry/gate.h"

namespace quoin {
namespace {

void add_time(const TrainOutcome& outcome, std::size_t row, SurvivalForecasts& forecasts) {
    forecasts.times.push_back(outcome.labels[row]);
    forecasts.outcomes.push_back(outcome.outcomes[row]);
    forecasts.risks.push_back(outcome.out_of_fold.scores[row]);
    forecasts.values.push_back(outcome.out_of_fold.values[row]);
    forecasts.medians.push_back(outcome.out_of_fold.medians[row]);
    auto incidence = outcome.out_of_fold.incidence.row(row);
    forecasts.incidence.insert(forecasts.incidence.end(), incidence.begin(), incidence.end());
}

/// The out-of-fold predictions as forecasts, with intervals of the final calibration at the declared levels.
Forecasts out_of_fold_forecasts(const TrainOutcome& outcome, const Declaration& declaration) {
    const auto& quantiles = outcome.out_of_fold.quantiles;
    Forecasts forecasts{.owner = "champion", .levels = declaration.levels, .quantile_levels = declaration.quantiles};
    forecasts.quantiles.resize(quantiles.columns());
    for (const auto& one : outcome.model.classes) forecasts.classes.push_back(one.level);
    if (outcome.model.time_to_event) forecasts.survival = {.grid = outcome.model.time_to_event->grid};
    for (std::size_t i = 0; i < outcome.labels.size(); ++i) {
        if (std::isnan(outcome.out_of_fold.values[i])) continue;
        if (forecasts.survival) {
            add_time(outcome, i, *forecasts.survival);
            continue;
        }
        if (!forecasts.classes.empty()) {
            forecasts.add_classes(static_cast<std::size_t>(outcome.labels[i]), outcome.out_of_fold.class_probabilities.row(i));
            continue;
        }
        forecasts.labels.push_back(outcome.labels[i]);
        forecasts.values.push_back(outcome.out_of_fold.values[i]);
        for (std::size_t k = 0; k < quantiles.columns(); ++k) forecasts.quantiles[k].push_back(quantiles(i, k));
    }
    return forecasts;
}

std::vector<NamedValue> measured_values(const TrainingReport& report) {
    auto values = flat(report.out_of_fold, "out_of_fold.");
    if (report.test) {
        auto test = flat(report.test->champion, "test.");
        values.insert(values.end(), test.begin(), test.end());
    }
    return values;
}

Result<std::vector<GateOutcome>> check_all_gates(Project& project, const Declaration& declaration, const TrainingReport& report) {
    std::vector<Gate> gates;
    for (const auto& text : declaration.gates) {
        TRY(gate, parse_gate(text));
        gates.push_back(std::move(gate));
    }
    std::vector<MetricSet> sets{{"", measured_values(report)}};
    if (auto champion = project.registry().find(declaration.model, "champion")) sets.push_back({"champion", champion->metrics});
    if (report.test)
        for (const auto& card : report.test->baselines) sets.push_back({card.owner, flat(card, "test.")});
    return check_gates(gates, sets);
}

std::vector<std::pair<std::string, std::string>> parameters_of(const Declaration& declaration, const TrainOutcome& outcome) {
    std::vector<std::pair<std::string, std::string>> parameters{{"label", declaration.label},
                                                                {"rows", fmt::format("{}", outcome.labels.size())},
                                                                {"folds", fmt::format("{}", declaration.folds)},
                                                                {"fold_kind", declaration.fold_kind},
                                                                {"seed", fmt::format("{}", declaration.seed)}};
    for (const auto& member : outcome.members) {
        parameters.emplace_back(member.name + ".weight", fmt::format("{:.4f}", member.weight));
        for (const auto& [name, value] : member.parameters)
            parameters.emplace_back(fmt::format("{}.{}", member.name, name), fmt::format("{}", value));
    }
    return parameters;
}

Status register_and_card(Project& project, const Declaration& declaration, TrainOutcome& outcome, TrainingReport& report) {
    auto& registry = project.registry();
    TRY(run, registry.start_run(declaration.model, parameters_of(declaration, outcome)));
    auto metrics = measured_values(report);
    TRY_VOID(registry.log_metrics(run, metrics));
    TRY(artifact, registry.log_artifact(run, "model", outcome.model.save()));
    TRY_VOID(registry.log_artifact(run, "declaration", std::as_bytes(std::span(outcome.model.declaration))).map([](auto&&) {}));
    TRY_VOID(registry.finish_run(run, true));
    ModelVersion draft{.model = declaration.model,
                       .run_id = run,
                       .artifact = artifact,
                       .metrics = metrics,
                       .gates = report.gates,
                       .source = sha256_hex(outcome.model.data_digest + outcome.model.declaration)};
    TRY(version, registry.register_version(draft, {"quoin train", "trained"}));
    report.version = version;
    TRY(card, card_of(report, outcome, declaration));
    auto html = render_card_html(card), markdown = render_card_markdown(card);
    TRY_VOID(registry.attach_card(version.model, version.number, std::as_bytes(std::span(html)), std::as_bytes(std::span(markdown))));
    TRY(carded, registry.version(version.model, version.number));
    report.version = carded;
    return {};
}

Status promote_if_passed(Project& project, const TrainingOptions& options, TrainingReport& report) {
    auto& registry = project.registry();
    const auto& version = report.version;
    TRY_VOID(registry.transition(version.model, version.number, Stage::staging, {options.actor, "trained"}));
    auto promoted = registry.promote(version.model, version.number, {options.actor, "gates passed after training"});
    report.promoted = promoted.has_value();
    if (!promoted && promoted.error().kind != ErrorKind::conflict) return promoted;
    if (!promoted) report.notes.push_back(promoted.error().message);
    TRY(current, registry.version(version.model, version.number));
    report.version = current;
    return {};
}

/// Columns that alone tell the label; of several classes, one of them against the rest.
std::vector<LeakFinding> leaks_in(const Table& table, const Declaration& declaration) {
    auto used = table.without(declaration.event.column);
    for (const auto& ignored : declaration.ignored) used = used.without(ignored.column);
    const Column* label = table.find(declaration.label);
    if (declaration.task != Task::multiclass || label == nullptr || label->kind() != ColumnKind::category)
        return search_leaks(used, declaration.label, declaration.task, declaration.time);
    std::vector<LeakFinding> found;
    for (std::size_t level = 0; level < std::min(label->categories().levels.size(), limits::classes_max); ++level) {
        Numbers is_level;
        for (auto code : label->categories().codes) is_level.push_back(code < 0 ? NAN : code == static_cast<std::int32_t>(level) ? 1 : 0);
        auto against_rest = used.without(declaration.label);
        if (!against_rest.add({declaration.label, std::move(is_level)})) continue;
        for (auto& leak : search_leaks(against_rest, declaration.label, Task::binary, declaration.time)) {
            leak.message = fmt::format("for {}: {}", label->categories().levels[level], leak.message);
            found.push_back(std::move(leak));
        }
    }
    return found;
}

/// What is trained, and how.
struct Training {
    const Table& table;  ///< without protected attributes
    const Declaration& declaration;
    const TrainingOptions& options;
    Progress& progress;
    const Table& audited;  ///< the same rows with them, for the audit alone
};

Result<TrainOutcome> ensemble_outcome(const Training& training, TrainingReport& report) {
    const auto& [table, declaration, options, progress, audited] = training;
    for (const auto& leak : leaks_in(table, declaration))
        report.notes.push_back(fmt::format("possible leak: '{}' {}", leak.column, leak.message));
    if (options.evaluate) {
        TRY(test, evaluate(audited, declaration, {.by_time = true, .baselines = options.baselines}, progress));
        report.test = std::move(test);
    }
    TRY(outcome, train(table, declaration, progress));
    TRY(out_of_fold, score(out_of_fold_forecasts(outcome, declaration), declaration.task));
    report.out_of_fold = std::move(out_of_fold);
    return outcome;
}

Result<TrainOutcome> timing_outcome(const Table& table, const Declaration& declaration, TrainingReport& report) {
    TRY(training, train_contact_timing(table, declaration));
    report.test = std::move(training.test);
    report.out_of_fold.owner = "champion";
    return std::move(training.outcome);
}

}  // namespace

Result<TrainingReport> run_training(Project& project, const TrainingOptions& options, Progress& progress) {
    TRY(declaration, project.declaration(options.model));
    TRY(rows, project.source_rows(declaration));
    TRY(audited, with_protected(project, declaration, std::move(rows)));
    TRY_VOID(check_proxies(audited, declaration));
    auto table = without_protected(audited, declaration);
    for (const auto& feature : declaration.features) TRY_VOID(table.column(feature.column).map([](auto*) {}));
    TrainingReport report;
    TRY(outcome, declaration.task == Task::timing ? timing_outcome(table, declaration, report)
                                                  : ensemble_outcome({table, declaration, options, progress, audited}, report));
    report.notes.insert(report.notes.end(), outcome.notes.begin(), outcome.notes.end());
    report.members = outcome.members;
    TRY(gates, check_all_gates(project, declaration, report));
    report.gates = std::move(gates);
    TRY_VOID(register_and_card(project, declaration, outcome, report));
    if (options.promote) TRY_VOID(promote_if_passed(project, options, report));
    return report;
}

}  // namespace quoin
