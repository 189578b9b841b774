#include "learning/objective.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace quoin {
namespace {

double weight_of(const LearningRows& rows, std::size_t i) { return rows.weights.empty() ? 1.0 : rows.weights[i]; }

/// log(1 + e^x) without overflow.
double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

double loss_of(Objective objective, double parameter, double label, double margin) {
    const double residual = label - margin;
    switch (objective) {
        case Objective::squared_error: return residual * residual;
        case Objective::absolute_error: return std::abs(residual);
        case Objective::pseudo_huber: return parameter * parameter * (std::sqrt(1 + residual / parameter * (residual / parameter)) - 1);
        case Objective::binary_logistic: return softplus(label == 1 ? -margin : margin);
        case Objective::quantile: return pinball_loss(parameter, label, margin);
    }
    return 0;
}

double weighted_mean(const LearningRows& rows) {
    double sum = 0, total = 0;
    for (std::size_t i = 0; i < rows.labels.size(); ++i) {
        sum += weight_of(rows, i) * rows.labels[i];
        total += weight_of(rows, i);
    }
    return sum / total;
}

}  // namespace

double mean_loss(Objective objective, double parameter, const LearningRows& rows, std::span<const double> margins) {
    assert(margins.size() == rows.labels.size());
    double sum = 0, total = 0;
    for (std::size_t i = 0; i < margins.size(); ++i) {
        sum += weight_of(rows, i) * loss_of(objective, parameter, rows.labels[i], margins[i]);
        total += weight_of(rows, i);
    }
    return sum / total;
}

double constant_margin(Objective objective, const LearningRows& rows, double level) {
    if (objective == Objective::squared_error) return weighted_mean(rows);
    if (objective == Objective::quantile) return weighted_quantile(rows.labels, rows.weights, level);
    if (objective != Objective::binary_logistic) return weighted_quantile(rows.labels, rows.weights, 0.5);
    const double share = weighted_mean(rows);
    return std::log(share / (1 - share));
}

namespace {

/// Without weights a selection is enough, not a sort: boosting asks for a quantile at every split.
double plain_quantile(std::span<const double> values, double level) {
    std::vector<double> selected(values.begin(), values.end());
    const double rank = level * static_cast<double>(selected.size());
    const auto last = selected.size() - 1;
    const auto at = selected.begin() + static_cast<std::ptrdiff_t>(std::min(static_cast<std::size_t>(rank), last));
    std::nth_element(selected.begin(), at, selected.end());
    if (rank != std::floor(rank) || rank < 1 || rank > static_cast<double>(last)) return *at;
    return (*at + *std::max_element(selected.begin(), at)) / 2;
}

}  // namespace

double weighted_quantile(std::span<const double> values, std::span<const double> weights, double level) {
    assert(!values.empty() && (weights.empty() || weights.size() == values.size()));
    if (weights.empty()) return plain_quantile(values, level);
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    double total = 0, below = 0;
    for (std::size_t i : order) total += weights[i];
    for (std::size_t k = 0; k < order.size(); ++k) {
        below += weights[order[k]];
        if (below > level * total) return values[order[k]];
        if (below == level * total && k + 1 < order.size()) return (values[order[k]] + values[order[k + 1]]) / 2;
    }
    return values[order.back()];
}

}  // namespace quoin
