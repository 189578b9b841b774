#include "evaluation/metrics/weighting.h"

#include <algorithm>
#include <cmath>

namespace quoin {

Status check_rows(const Scored& scored) {
    std::size_t rows = scored.labels.size();
    if (rows == 0) return fail(ErrorKind::invalid, "a metric needs at least one row");
    if (scored.predictions.size() != rows)
        return fail(ErrorKind::invalid, "there are {} labels but {} predictions", rows, scored.predictions.size());
    if (!scored.weights.empty() && scored.weights.size() != rows)
        return fail(ErrorKind::invalid, "there are {} labels but {} weights", rows, scored.weights.size());
    double weights = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        if (!std::isfinite(scored.labels[row])) return fail(ErrorKind::invalid, "the label of row {} is not a finite number", row);
        if (!std::isfinite(scored.predictions[row]))
            return fail(ErrorKind::invalid, "the prediction of row {} is not a finite number", row);
        double weight = weight_of(scored, row);
        if (!std::isfinite(weight) || weight < 0)
            return fail(ErrorKind::invalid, "the weight of row {} is {}, not zero or more", row, weight);
        weights += weight;
    }
    if (!(weights > 0)) return fail(ErrorKind::invalid, "all weights are zero");
    return {};
}

Status check_unweighted(const Scored& scored) {
    if (!scored.weights.empty()) return fail(ErrorKind::invalid, "this metric takes no weights: leave them out");
    return check_rows(scored);
}

double weighted_median(std::span<const double> values, std::span<const double> weights) {
    std::vector<std::size_t> order;
    auto weight = [&](std::size_t i) { return weights.empty() ? 1.0 : weights[i]; };
    for (std::size_t i = 0; i < values.size(); ++i)
        if (weight(i) > 0) order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    double total = 0, below = 0;
    for (std::size_t i : order) total += weight(i);
    for (std::size_t i = 0; i < order.size(); ++i) {
        below += weight(order[i]);
        if (below == total / 2 && i + 1 < order.size()) return (values[order[i]] + values[order[i + 1]]) / 2;
        if (below >= total / 2) return values[order[i]];
    }
    return order.empty() ? std::nan("") : values[order.back()];
}

Result<std::vector<double>> percentage_errors(const Scored& scored) {
    TRY_VOID(check_rows(scored));
    std::vector<double> errors(scored.labels.size());
    for (std::size_t row = 0; row < errors.size(); ++row) {
        double label = scored.labels[row];
        if (label == 0)
            return fail(ErrorKind::invalid, "the label of row {} is 0, which has no percentage error: leave such rows out or use mae", row);
        errors[row] = (scored.predictions[row] - label) / std::abs(label);
    }
    return errors;
}

}  // namespace quoin
