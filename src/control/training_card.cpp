#include "control/training_card.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/parallel.h"
#include "base/rng.h"
#include "control/fairness_card.h"
#include "evaluation/survival/incidence_scores.h"

namespace quoin {
namespace {

constexpr std::size_t importance_rows = 400;  ///< rows whose |SHAP| is averaged
constexpr std::size_t block_rows = 64;        ///< explained at once by a thread

/// SHAP values; of a model of classes, the mean over the classes of their absolute ones.
Matrix contributions_of(const TrainedModel& model, MatrixView<const double> raw) {
    auto encoded = model.encoder.encode(raw);
    if (model.classes.empty()) return model.contributions(raw, encoded);
    Matrix sum(raw.rows(), model.encoder.features().size() + 1);
    for (const auto& one : model.classes) {
        auto own = one.ensemble.contributions(encoded);
        for (std::size_t i = 0; i < sum.rows(); ++i)
            for (std::size_t j = 0; j < sum.columns(); ++j) sum(i, j) += std::abs(own(i, j)) / static_cast<double>(model.classes.size());
    }
    return sum;
}

}  // namespace

std::vector<std::pair<std::string, double>> shap_shares(const TrainedModel& model) {
    const auto& reference = model.reference;
    std::size_t rows = std::min(importance_rows, reference.raw.rows());
    std::size_t step = std::max<std::size_t>(1, reference.raw.rows() / std::max<std::size_t>(1, rows));
    Matrix raw(rows, reference.raw.columns()), values(rows, model.encoder.features().size() + 1);
    for (std::size_t k = 0; k < rows; ++k) std::ranges::copy(reference.raw.row(k * step), raw.row(k).begin());
    parallel_for((rows + block_rows - 1) / block_rows, [&](std::size_t block) {
        auto first = block * block_rows;
        auto own = raw.view().rows_between(first, std::min(first + block_rows, rows));
        auto explained = contributions_of(model, own);
        std::ranges::copy(explained.values(), values.row(first).begin());
    });
    std::map<std::string, double> sums;
    double total = 0;
    for (std::size_t k = 0; k < rows; ++k) {
        auto row = values.row(k);
        std::map<std::string, double> by_reason;
        for (std::size_t j = 0; j + 1 < row.size(); ++j) by_reason[model.encoder.features()[j].reason] += row[j];
        for (const auto& [reason, value] : by_reason) {
            sums[reason] += std::abs(value);
            total += std::abs(value);
        }
    }
    std::vector<std::pair<std::string, double>> shares;
    for (const auto& [reason, sum] : sums) shares.emplace_back(reason, total > 0 ? sum / total : 0);
    std::ranges::stable_sort(shares, [](const auto& a, const auto& b) { return a.second > b.second; });
    return shares;
}

namespace {

constexpr std::size_t calibration_bins = 20;

/// The shares under the names that people read.
std::vector<std::pair<std::string, double>> importance_of(const TrainedModel& model) {
    auto shares = shap_shares(model);
    for (auto& [reason, share] : shares)
        if (int index = model.encoder.input_index(reason); index >= 0)
            reason = model.encoder.inputs()[static_cast<std::size_t>(index)].label;
    return shares;
}

/// Rows in bins of equal count by prediction: mean prediction → mean label.
std::vector<std::pair<double, double>> calibration_of(const Forecasts& forecasts) {
    std::vector<std::size_t> order(forecasts.values.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, [&](auto a, auto b) { return forecasts.values[a] < forecasts.values[b]; });
    std::vector<std::pair<double, double>> points;
    std::size_t bins = std::min(calibration_bins, order.size());
    for (std::size_t b = 0; b < bins; ++b) {
        std::size_t first = order.size() * b / bins, last = order.size() * (b + 1) / bins;
        double predicted = 0, observed = 0;
        for (std::size_t k = first; k < last; ++k) predicted += forecasts.values[order[k]], observed += forecasts.labels[order[k]];
        auto n = static_cast<double>(last - first);
        if (n > 0) points.emplace_back(predicted / n, observed / n);
    }
    return points;
}

/// P(event by the horizon) in tenths of the rows, and how many had it (Aalen–Johansen).
std::vector<std::pair<double, double>> incidence_points(const SurvivalForecasts& forecasts) {
    std::vector<double> last;
    auto columns = forecasts.grid.size();
    for (std::size_t i = 0; i < forecasts.times.size(); ++i) last.push_back(forecasts.incidence[(i + 1) * columns - 1]);
    auto bins = incidence_calibration({forecasts.times, forecasts.outcomes}, last, forecasts.grid.back());
    std::vector<std::pair<double, double>> points;
    if (bins)
        for (const auto& bin : *bins) points.emplace_back(bin.predicted, bin.observed);
    return points;
}

double median_of(std::vector<double> values) {
    if (values.empty()) return NAN;
    std::ranges::sort(values);
    return values[values.size() / 2];
}

std::vector<CardContent::DecileLine> deciles_of(const Forecasts& forecasts, const Scorecard& card) {
    std::vector<CardContent::DecileLine> lines;
    auto names = decile_names(forecasts.labels);
    for (const auto& row : card.coverage_by_decile) {
        std::vector<double> ratios, errors;
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (names[i] != row.segment) continue;
            ratios.push_back(forecasts.values[i] / forecasts.labels[i]);
            errors.push_back(std::abs(ratios.back() - 1));
        }
        lines.push_back({row.segment, row.rows, median_of(ratios), median_of(errors), row.coverage});
    }
    return lines;
}

CardContent::MetricTable table_of(const std::string& title, const Scorecard& champion, const std::vector<Scorecard>& baselines) {
    CardContent::MetricTable table{title, {champion.owner}, {}};
    for (const auto& card : baselines) table.owners.push_back(card.owner);
    for (const auto& metric : champion.metrics) {
        std::vector<double> values{metric.value};
        for (const auto& card : baselines) {
            auto found = std::ranges::find(card.metrics, metric.name, &NamedValue::name);
            values.push_back(found == card.metrics.end() ? NAN : found->value);
        }
        table.rows.emplace_back(metric.name, std::move(values));
    }
    for (std::size_t k = 0; k < champion.coverage.size(); ++k) {
        std::vector<double> values{champion.coverage[k].second.coverage};
        for (const auto& card : baselines) values.push_back(k < card.coverage.size() ? card.coverage[k].second.coverage : NAN);
        table.rows.emplace_back(fmt::format("coverage.{}", champion.coverage[k].first), std::move(values));
    }
    return table;
}

Status add_ratio_study(const Forecasts& forecasts, CardContent& content) {
    std::vector<RatioSale> sales;
    for (std::size_t i = 0; i < forecasts.labels.size(); ++i)
        if (forecasts.values[i] > 0 && forecasts.labels[i] > 0) sales.push_back({forecasts.values[i], forecasts.labels[i]});
    if (sales.size() < 20 || sales.size() < forecasts.labels.size()) return {};
    TRY(study, ratio_study(sales));
    TRY(intervals, ratio_intervals(sales, {.resamples = 500}));
    content.ratio_study = study;
    content.ratio_intervals = intervals;
    return {};
}

}  // namespace

Result<CardContent> card_of(const TrainingReport& report, const TrainOutcome& outcome, const Declaration& declaration) {
    const auto& model = outcome.model;
    CardContent content;
    content.model = declaration.model;
    content.version = report.version.version_text();
    content.owner = declaration.owner;
    content.intended_use = declaration.intended_use;
    content.out_of_scope_use = declaration.out_of_scope_use;
    content.label = declaration.label;
    content.entity = declaration.entity;
    content.unit = declaration.label_unit;
    content.trained_at = EventTime{model.trained_at};
    content.data_from = EventTime{model.data_from};
    content.data_to = EventTime{model.data_to};
    content.training_rows = model.training_rows;
    content.data_source = declaration.source;
    content.data_digest = model.data_digest;
    for (const auto& member : report.members) {
        content.members.push_back({member.name, member.weight, member.summary});
        if (!member.learning_curve.empty()) content.learning_curves.emplace_back(member.name, member.learning_curve);
    }
    if (report.test) {
        const auto& forecasts = report.test->champion_forecasts;
        content.metrics.push_back(table_of(declaration.time.empty() ? "Held-out rows" : "Later rows (out of time)", report.test->champion,
                                           report.test->baselines));
        content.calibration = forecasts.survival ? incidence_points(*forecasts.survival) : calibration_of(forecasts);
        content.groups = group_tables(report.test->fairness);
        content.price_deciles = deciles_of(forecasts, report.test->champion);
        if (model.task == Task::regression) TRY_VOID(add_ratio_study(forecasts, content));
        for (const auto& [level, row] : report.test->champion.coverage) content.coverage_curve.emplace_back(level, row.coverage);
    }
    content.metrics.push_back(table_of("Out of fold", report.out_of_fold, {}));
    content.gates = report.gates;
    content.importance = importance_of(model);
    content.warnings = report.notes;
    return content;
}

}  // namespace quoin
