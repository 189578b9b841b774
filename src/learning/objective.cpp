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

double loss_of(Objective objective, double slope, double label, double margin) {
    const double residual = label - margin;
    switch (objective) {
        case Objective::squared_error: return residual * residual;
        case Objective::absolute_error: return std::abs(residual);
        case Objective::pseudo_huber: return slope * slope * (std::sqrt(1 + residual / slope * (residual / slope)) - 1);
        case Objective::binary_logistic: return softplus(label == 1 ? -margin : margin);
    }
    return 0;
}

double weighted_median(const LearningRows& rows) {
    std::vector<std::size_t> order(rows.labels.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rows.labels[a] < rows.labels[b]; });
    double total = 0, below = 0;
    for (std::size_t i : order) total += weight_of(rows, i);
    for (std::size_t k = 0; k < order.size(); ++k) {
        below += weight_of(rows, order[k]);
        if (below > total / 2) return rows.labels[order[k]];
        if (below == total / 2 && k + 1 < order.size()) return (rows.labels[order[k]] + rows.labels[order[k + 1]]) / 2;
    }
    return rows.labels[order.back()];
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

double mean_loss(Objective objective, double slope, const LearningRows& rows, std::span<const double> margins) {
    assert(margins.size() == rows.labels.size());
    double sum = 0, total = 0;
    for (std::size_t i = 0; i < margins.size(); ++i) {
        sum += weight_of(rows, i) * loss_of(objective, slope, rows.labels[i], margins[i]);
        total += weight_of(rows, i);
    }
    return sum / total;
}

double constant_margin(Objective objective, const LearningRows& rows) {
    if (objective == Objective::squared_error) return weighted_mean(rows);
    if (objective != Objective::binary_logistic) return weighted_median(rows);
    const double share = weighted_mean(rows);
    return std::log(share / (1 - share));
}

}  // namespace quoin
