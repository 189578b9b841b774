#include "control/evaluation_job.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "base/parallel.h"
#include "learning/feature_plan.h"
#include "learning/trainer.h"

namespace quoin {
namespace {

struct Baseline {
    const char* family;
    HyperParameters parameters;
};

std::vector<Baseline> baselines() {
    std::vector<Baseline> all = {{"xgboost",
                                  {{"num_boost_round", 2000},
                                   {"learning_rate", 0.02},
                                   {"max_depth", 6},
                                   {"subsample", 0.8},
                                   {"colsample_bytree", 0.6},
                                   {"colsample_bynode", 1},
                                   {"min_child_weight", 5}}},
                                 {"lightgbm",
                                  {{"num_boost_round", 1000},
                                   {"learning_rate", 0.03},
                                   {"num_leaves", 63},
                                   {"bagging_fraction", 0.8},
                                   {"feature_fraction", 0.6},
                                   {"lambda_l2", 0.01}}}};
    std::erase_if(
        all, [](const auto& one) { return !find_family(one.family).map([](auto* family) { return family->available; }).value_or(false); });
    return all;
}

/// Labelled rows and the parts of one split.
struct Parts {
    const LabelledRows& rows;
    const Declaration& declaration;
    const Split& split;
};

std::vector<double> at(const std::vector<double>& values, std::span<const std::size_t> rows) {
    std::vector<double> taken;
    for (auto i : rows) taken.push_back(values[i]);
    return taken;
}

struct Champion {
    BatchAnswer answers;
    std::vector<std::string> groups;
    std::vector<std::string> classes;  ///< of the model: a training part may lack one
};

Result<Champion> champion_answers(const Parts& parts, Progress& progress) {
    TRY(trained, train(without_protected(parts.rows.table.take(parts.split.train), parts.declaration), parts.declaration, progress));
    std::vector<Probability> levels;
    for (double level : parts.declaration.levels) levels.emplace_back(level);
    auto test = parts.rows.table.take(parts.split.test);
    TRY(answers, predict_rows(trained.model, test, levels));
    Champion champion{std::move(answers), {}, {}};
    for (const auto& one : trained.model.classes) champion.classes.push_back(one.level);
    const Column* group = parts.declaration.interval_group.empty() ? nullptr : test.find(parts.declaration.interval_group);
    for (std::size_t i = 0; i < test.rows(); ++i) champion.groups.push_back(group == nullptr ? "" : group->text(i));
    return champion;
}

double quantile_rank(std::vector<double> scores, double level) {
    std::ranges::sort(scores);
    auto rank = static_cast<std::size_t>(std::ceil((static_cast<double>(scores.size()) + 1) * level));
    return scores[std::min(std::max<std::size_t>(rank, 1), scores.size()) - 1];
}

/// A plain learner: fitted on all training rows for its values, and on four fifths of them for its split-conformal scores.
Result<BatchAnswer> baseline_answers(const Parts& parts, const Baseline& baseline) {
    const auto& d = parts.declaration;
    TRY(encoder, plain_features(parts.rows.table, d));
    TRY(raw, encoder.raw(parts.rows.table));
    auto encoded = encoder.encode(raw);
    auto columns = columns_for(encoder, baseline.family);
    auto scaled = parts.rows.labels;
    if (d.log_label)
        for (double& label : scaled) label = std::log(label);
    TRY(family, find_family(baseline.family));
    auto fit = [&](std::span<const std::size_t> rows) {
        auto features = encoded.take(rows);
        auto labels = at(scaled, rows);
        return family->fit({.uses = columns.uses,
                            .train = {features, labels, {}},
                            .validation = nullptr,
                            .objective = d.task == Task::binary ? Objective::binary_logistic : Objective::squared_error,
                            .parameters = baseline.parameters,
                            .seed = d.seed});
    };
    auto unit = [&](double score) { return d.task == Task::binary ? 1 / (1 + std::exp(-score)) : d.log_label ? std::exp(score) : score; };
    TRY(whole, fit(parts.split.train));
    auto scores = whole.model.predict(MatrixView<const double>(encoded.take(parts.split.test)));
    BatchAnswer answer;
    for (double score : scores) answer.values.push_back(unit(score));
    if (d.task == Task::binary) return answer;
    TRY(fifths, k_fold(parts.split.train.size(), 5, d.seed));
    std::vector<std::size_t> proper, held_out;
    for (auto i : fifths[0].train) proper.push_back(parts.split.train[i]);
    for (auto i : fifths[0].test) held_out.push_back(parts.split.train[i]);
    TRY(partial, fit(proper));
    auto seen = partial.model.predict(MatrixView<const double>(encoded.take(held_out)));
    std::vector<double> errors;
    for (std::size_t i = 0; i < seen.size(); ++i) errors.push_back(std::abs(seen[i] - scaled[held_out[i]]));
    for (double level : d.levels) {
        double half = quantile_rank(errors, level);
        auto& intervals = answer.intervals.emplace_back();
        for (double score : scores) intervals.emplace_back(unit(score - half), unit(score + half));
    }
    return answer;
}

void append(Forecasts& forecasts, const BatchAnswer& answers, const std::vector<double>& labels, const std::vector<std::string>& groups) {
    forecasts.labels.insert(forecasts.labels.end(), labels.begin(), labels.end());
    forecasts.values.insert(forecasts.values.end(), answers.values.begin(), answers.values.end());
    forecasts.groups.insert(forecasts.groups.end(), groups.begin(), groups.end());
    if (forecasts.intervals.empty()) forecasts.intervals.resize(answers.intervals.size());
    if (forecasts.quantiles.empty()) forecasts.quantiles.resize(answers.quantiles.size());
    for (std::size_t k = 0; k < answers.quantiles.size(); ++k)
        forecasts.quantiles[k].insert(forecasts.quantiles[k].end(), answers.quantiles[k].begin(), answers.quantiles[k].end());
    for (std::size_t k = 0; k < answers.intervals.size(); ++k)
        forecasts.intervals[k].insert(forecasts.intervals[k].end(), answers.intervals[k].begin(), answers.intervals[k].end());
}

/// The same of a model of classes: its columns put where all the rows' classes have theirs; one that it never saw has probability 0.
void append_classes(Forecasts& forecasts, const Champion& champion, const std::vector<double>& labels) {
    for (std::size_t i = 0; i < labels.size(); ++i) {
        std::vector<double> probabilities(forecasts.classes.size(), 0);
        for (std::size_t k = 0; k < champion.classes.size(); ++k) {
            auto place = std::ranges::find(forecasts.classes, champion.classes[k]) - forecasts.classes.begin();
            probabilities[static_cast<std::size_t>(place)] = champion.answers.class_probabilities(i, k);
        }
        forecasts.add_classes(static_cast<std::size_t>(labels[i]), probabilities);
    }
}

/// Whom each row is about, for the audit.
void append_groups(Forecasts& forecasts, const Parts& parts) {
    const auto& attributes = parts.declaration.protected_attributes;
    forecasts.protected_groups.resize(attributes.size());
    for (std::size_t k = 0; k < attributes.size(); ++k) {
        const Column* column = parts.rows.table.find(attributes[k].column);
        for (auto i : parts.split.test)
            forecasts.protected_groups[k].push_back(column == nullptr || column->is_missing(i) ? "" : column->text(i));
    }
}

void append_times(Forecasts& forecasts, const BatchAnswer& answers, const Parts& parts, const std::vector<double>& labels) {
    if (!forecasts.survival) forecasts.survival = {.grid = parts.declaration.event.grid, .levels = parts.declaration.levels};
    auto& rows = *forecasts.survival;
    rows.times.insert(rows.times.end(), labels.begin(), labels.end());
    for (auto i : parts.split.test) rows.outcomes.push_back(parts.rows.outcomes[i]);
    rows.risks.insert(rows.risks.end(), answers.scores.begin(), answers.scores.end());
    rows.values.insert(rows.values.end(), answers.values.begin(), answers.values.end());
    rows.medians.insert(rows.medians.end(), answers.medians.begin(), answers.medians.end());
    auto incidence = answers.incidence.values();
    rows.incidence.insert(rows.incidence.end(), incidence.begin(), incidence.end());
    rows.intervals.resize(answers.intervals.size());
    for (std::size_t k = 0; k < answers.intervals.size(); ++k)
        rows.intervals[k].insert(rows.intervals[k].end(), answers.intervals[k].begin(), answers.intervals[k].end());
}

Result<std::vector<Split>> splits_of(const LabelledRows& rows, const Declaration& declaration, const EvaluationOptions& options,
                                     std::size_t repeat) {
    std::vector<std::int64_t> groups;
    if (declaration.fold_kind == "grouped") {
        TRY(ids, rows.table.column(declaration.fold_column()));
        groups = group_numbers(*ids);
    }
    auto folds = [&](std::size_t count, std::uint64_t seed) {
        return groups.empty() ? k_fold(rows.table.rows(), count, seed) : group_k_fold(groups, count, seed);
    };
    if (!options.by_time) return folds(options.folds, declaration.seed + 7919 * repeat);
    if (declaration.time.empty()) {
        auto share = static_cast<std::size_t>(std::lround(1 / declaration.test_share));
        TRY(random, folds(std::max<std::size_t>(2, share), declaration.seed));
        return std::vector<Split>{random.front()};
    }
    TRY(time, rows.table.column(declaration.time));
    if (time->kind() != ColumnKind::time)
        return fail_field(ErrorKind::invalid, declaration.time, "time column '{}' holds {} values, not times", declaration.time,
                          name_of(time->kind()));
    TRY(split, time_split(time->times(), declaration.test_share));
    if (!groups.empty()) keep_groups_apart(split, groups);
    return std::vector<Split>{split};
}

struct ForecastOptions {
    bool baselines;
    Progress& progress;
};

/// All forecasts of one pass over the folds: the champion first, then the baselines.
Result<std::vector<Forecasts>> forecast(const LabelledRows& rows, const Declaration& declaration, const std::vector<Split>& splits,
                                        const ForecastOptions& options) {
    // Plain learners of the mean are no measure of quantiles, which are told in skill over the best constant, nor of classes.
    bool has_baselines = options.baselines && declaration.quantiles.empty() && declaration.task != Task::multiclass &&
                         declaration.task != Task::survival;
    auto plain = has_baselines ? baselines() : std::vector<Baseline>{};
    auto& progress = options.progress;
    std::vector<Forecasts> all(1 + plain.size());
    all[0].owner = "champion";
    all[0].quantile_levels = declaration.quantiles;
    all[0].classes = rows.levels;
    for (auto& one : all) one.levels = declaration.levels;
    for (const auto& split : splits) {
        Parts parts{rows, declaration, split};
        TRY(champion, champion_answers(parts, progress));
        auto labels = at(rows.labels, split.test);
        if (declaration.task == Task::survival) append_times(all[0], champion.answers, parts, labels);
        else if (declaration.task == Task::multiclass) append_classes(all[0], champion, labels);
        else append(all[0], champion.answers, labels, champion.groups);
        append_groups(all[0], parts);
        std::vector<Result<BatchAnswer>> answers(plain.size(), fail(ErrorKind::internal, "not run"));
        progress.phase("plain baselines", std::max<std::size_t>(1, plain.size()));
        parallel_for(plain.size(), [&](std::size_t b) {
            answers[b] = baseline_answers(parts, plain[b]);
            progress.step();
        });
        for (std::size_t b = 0; b < plain.size(); ++b) {
            all[b + 1].owner = plain[b].family;
            TRY(answer, std::move(answers[b]));
            append(all[b + 1], answer, labels, champion.groups);
        }
    }
    return all;
}

}  // namespace

Result<EvaluationReport> evaluate(const Table& table, const Declaration& declaration, const EvaluationOptions& options,
                                  Progress& progress) {
    TRY(rows, labelled_rows(table, declaration));
    EvaluationReport report{
        .model = declaration.model, .split = options.by_time ? "time" : "kfold", .rows = rows.table.rows(), .notes = rows.notes};
    if (options.by_time && declaration.time.empty()) {
        report.split = "random";
        report.notes.push_back("there is no time column: a random part of the rows was held out instead of the latest");
    }
    std::vector<std::vector<Scorecard>> cards;
    for (std::size_t repeat = 0; repeat < (options.by_time ? 1 : options.repeats); ++repeat) {
        TRY(splits, splits_of(rows, declaration, options, repeat));
        TRY(forecasts, forecast(rows, declaration, splits, {options.baselines, progress}));
        cards.resize(forecasts.size());
        for (std::size_t owner = 0; owner < forecasts.size(); ++owner) {
            TRY(card, score(forecasts[owner], declaration.task));
            cards[owner].push_back(std::move(card));
        }
        const auto& first = forecasts.front();
        report.test_rows = first.survival ? first.survival->times.size() : first.labels.size();
        report.champion_forecasts = std::move(forecasts.front());
    }
    report.champion = mean_of(cards.front());
    TRY(fairness, fairness_of(report.champion_forecasts, declaration));
    report.champion.metrics.insert(report.champion.metrics.end(), fairness.metrics.begin(), fairness.metrics.end());
    report.fairness = std::move(fairness);
    for (std::size_t owner = 1; owner < cards.size(); ++owner) report.baselines.push_back(mean_of(cards[owner]));
    return report;
}

boost::json::object to_json(const EvaluationReport& report) {
    boost::json::object baselines;
    for (const auto& card : report.baselines) baselines[card.owner] = to_json(card);
    boost::json::array notes;
    for (const auto& note : report.notes) notes.emplace_back(note);
    return {{"model", report.model},
            {"split", report.split},
            {"rows", report.rows},
            {"test_rows", report.test_rows},
            {"champion", to_json(report.champion)},
            {"baselines", std::move(baselines)},
            {"fairness", to_json(report.fairness)},
            {"notes", std::move(notes)}};
}

}  // namespace quoin
