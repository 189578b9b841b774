#include "decisions/search/surrogate_fit.h"

#include <algorithm>

namespace quoin {
namespace {

constexpr std::size_t rows_always = 40, rows_often = 100, step_often = 5, step_seldom = 20;

std::size_t fitted_rows(std::size_t rows) {
    if (rows <= rows_always) return rows;
    return rows - rows % (rows <= rows_often ? step_often : step_seldom);
}

Status believe(GaussianProcess& process, std::span<const double> input) {
    TRY(next, process.with(input, process.predict(input).mean));
    process = std::move(next);
    return {};
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

Result<GaussianProcess> SurrogateFitter::process(const Matrix& inputs, std::span<const double> outputs, std::size_t place) {
    const GaussianProcessOptions options{.restarts = options_.restarts, .seed = options_.seed};
    const std::size_t used = fitted_rows(inputs.rows());
    const auto seen = inputs.view().rows_between(0, used);
    std::vector<double> numbers(seen.data(), seen.data() + used * seen.columns());
    numbers.insert(numbers.end(), outputs.begin(), outputs.begin() + static_cast<std::ptrdiff_t>(used));
    if (known_.size() <= place) known_.resize(place + 1);
    Known& known = known_[place];
    if (known.numbers != numbers) {
        TRY(fitted, GaussianProcess::fit(seen, outputs.first(used), options));
        known = {std::move(numbers), fitted.parameters()};
    }
    return GaussianProcess::condition(inputs, outputs, known.parameters, options);
}

Result<Surrogate> SurrogateFitter::fit(const SurrogateData& data) {
    TRY(objective, process(data.inputs, data.values, 0));
    Surrogate surrogate{std::move(objective), {}, {}};
    for (std::size_t c = 0; c < data.constraints.size(); ++c) {
        TRY(constraint, process(data.inputs, data.constraints[c], c + 1));
        surrogate.constraints.push_back(std::move(constraint));
    }
    surrogate.best = lowest_feasible(data, surrogate.objective);
    return surrogate;
}

Status believe(Surrogate& surrogate, std::span<const double> input) {
    TRY_VOID(believe(surrogate.objective, input));
    for (GaussianProcess& constraint : surrogate.constraints) TRY_VOID(believe(constraint, input));
    return {};
}

}  // namespace quoin
