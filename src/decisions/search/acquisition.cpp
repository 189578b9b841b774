#include "decisions/search/acquisition.h"

#include <algorithm>
#include <cmath>

#include "decisions/search/normal_tail.h"

namespace quoin {
namespace {

constexpr double refused = 1e30;  ///< below every score of a point that keeps the constraints

/// log Π P(constraint ≤ 0) of each point.
std::vector<double> log_feasibility(const Surrogate& surrogate, MatrixView<const double> points) {
    std::vector<double> logs(points.rows(), 0.0);
    for (const GaussianProcess& constraint : surrogate.constraints) {
        const auto predictions = constraint.predict(points);
        for (std::size_t i = 0; i < logs.size(); ++i)
            logs[i] += log_normal_below(-predictions[i].mean / std::max(predictions[i].deviation, 1e-12));
    }
    return logs;
}

std::vector<double> drawn_scores(const Surrogate& surrogate, MatrixView<const double> points, Rng& rng) {
    std::vector<double> scores = surrogate.objective.sample(points, rng), violations(points.rows(), 0.0);
    for (const GaussianProcess& constraint : surrogate.constraints) {
        const std::vector<double> drawn = constraint.sample(points, rng);
        for (std::size_t i = 0; i < drawn.size(); ++i) violations[i] += std::max(drawn[i], 0.0);
    }
    for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = violations[i] > 0 ? -refused - violations[i] : -scores[i];
    return scores;
}

}  // namespace

std::vector<double> acquisition_scores(const Surrogate& surrogate, MatrixView<const double> points, const AcquisitionOptions& options,
                                       Rng& rng) {
    if (options.kind == Acquisition::thompson) return drawn_scores(surrogate, points, rng);
    std::vector<double> scores = log_feasibility(surrogate, points);
    const bool is_bound = options.kind == Acquisition::confidence_bound;
    if (!is_bound && !surrogate.best) return scores;
    const auto predictions = surrogate.objective.predict(points);
    for (std::size_t i = 0; i < scores.size(); ++i) {
        const double mean = predictions[i].mean, deviation = std::max(predictions[i].deviation, 1e-12);
        if (is_bound) scores[i] = scores[i] >= std::log(0.5) ? options.kappa * deviation - mean : -refused + scores[i];
        else scores[i] += std::log(deviation) + log_improvement((*surrogate.best - mean) / deviation);
    }
    return scores;
}

}  // namespace quoin
