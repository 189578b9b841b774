#include "decisions/search/surrogate_fit.h"

#include <algorithm>

namespace quoin {
namespace {

constexpr std::size_t rows_always = 40, rows_step = 5;

Result<GaussianProcess> fitted(const Matrix& inputs, std::span<const double> outputs, const SurrogateOptions& options) {
    const std::size_t rows = inputs.rows(), used = rows <= rows_always ? rows : rows - rows % rows_step;
    const GaussianProcessOptions process_options{.restarts = options.restarts, .seed = options.seed};
    TRY(process, GaussianProcess::fit(inputs.view().rows_between(0, used), outputs.first(used), process_options));
    if (used == rows) return std::move(process);
    return GaussianProcess::condition(inputs, outputs, process.parameters(), process_options);
}

Result<GaussianProcess> believed(GaussianProcess process, const Matrix& pending) {
    for (std::size_t i = 0; i < pending.rows(); ++i) {
        TRY(next, process.with(pending.row(i), process.predict(pending.row(i)).mean));
        process = std::move(next);
    }
    return process;
}

/// The lowest mean at a row whose constraints are kept.
std::optional<double> lowest_feasible(const SurrogateData& data, const GaussianProcess& objective) {
    std::optional<double> best;
    const auto predictions = objective.predict(data.inputs.view());
    for (std::size_t row = 0; row < predictions.size(); ++row) {
        const bool is_feasible = std::ranges::all_of(data.constraints, [&](const auto& constraint) { return constraint[row] <= 0; });
        if (is_feasible && (!best || predictions[row].mean < *best)) best = predictions[row].mean;
    }
    return best;
}

}  // namespace

Result<Surrogate> fit_surrogate(const SurrogateData& data, const SurrogateOptions& options) {
    TRY(objective, fitted(data.inputs, data.values, options));
    TRY(with_pending, believed(std::move(objective), data.pending));
    Surrogate surrogate{std::move(with_pending), {}, {}};
    for (const auto& values : data.constraints) {
        TRY(constraint, fitted(data.inputs, values, options));
        TRY(constraint_with_pending, believed(std::move(constraint), data.pending));
        surrogate.constraints.push_back(std::move(constraint_with_pending));
    }
    surrogate.best = lowest_feasible(data, surrogate.objective);
    return surrogate;
}

}  // namespace quoin
