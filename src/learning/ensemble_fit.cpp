#include "learning/ensemble_fit.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <optional>

#include "base/parallel.h"
#include "learning/ensemble_weights.h"
#include "learning/feature_plan.h"
#include "learning/tuning.h"
#include "models/widen.h"

namespace quoin {
namespace {

/// A member ready to be fitted: what it reads and how.
struct Candidate {
    const DeclaredMember* declared;
    const FamilyEntry* family;
    MemberColumns columns;
    HyperParameters parameters;
    std::uint64_t seed;
};

Matrix part_of(const Matrix& encoded, std::span<const std::size_t> rows, std::span<const std::size_t> columns) {
    Matrix part(rows.size(), columns.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < columns.size(); ++j) part(i, j) = encoded(rows[i], columns[j]);
    return part;
}

std::vector<double> values_at(std::span<const double> values, std::span<const std::size_t> rows) {
    std::vector<double> part;
    part.reserve(rows.size());
    for (auto i : rows) part.push_back(values[i]);
    return part;
}

Result<FitOutcome> fit_rows(const EnsembleData& data, const Candidate& candidate, std::span<const std::size_t> rows) {
    auto features = part_of(data.encoded, rows, candidate.columns.columns);
    auto labels = values_at(data.targets, rows);
    auto weights = data.weights.empty() ? std::vector<double>() : values_at(data.weights, rows);
    return candidate.family->fit(
        {.uses = candidate.columns.uses,
         .train = {features, labels, weights},
         .validation = nullptr,
         .objective = data.declaration.task == Task::binary ? Objective::binary_logistic : candidate.declared->objective,
         .parameters = candidate.parameters,
         .seed = candidate.seed});
}

/// Root mean square, mean absolute error where that is the objective; log loss of yes/no labels.
double loss_of(std::span<const double> scores, std::span<const double> targets, const Declaration& declaration) {
    double sum = 0;
    bool binary = declaration.task == Task::binary, absolute = declaration.objective == Objective::absolute_error;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        double error = targets[i] - scores[i];
        sum += binary ? std::log1p(std::exp(targets[i] > 0.5 ? -scores[i] : scores[i])) : absolute ? std::abs(error) : error * error;
    }
    double mean = sum / static_cast<double>(scores.size());
    return binary || absolute ? mean : std::sqrt(mean);
}

/// Successive halving on the first fold: a share of its training rows, its test rows as validation.
Status search(const EnsembleData& data, Candidate& candidate, Progress& progress) {
    const auto& fold = data.folds.front();
    auto validation = part_of(data.encoded, fold.test, candidate.columns.columns);
    auto labels = values_at(data.targets, fold.test);
    auto trial = [&](const HyperParameters& parameters, double share) -> Result<double> {
        auto tried = candidate;
        for (const auto& [name, value] : parameters) tried.parameters[name] = value;
        auto rows = std::span(fold.train)
                        .first(std::max<std::size_t>(1, static_cast<std::size_t>(share * static_cast<double>(fold.train.size()))));
        TRY(fit, fit_rows(data, tried, rows));
        return loss_of(fit.model.predict(MatrixView<const double>(validation)), labels, data.declaration);
    };
    TRY(found, successive_halving(candidate.family->space, {.candidates = data.declaration.search_candidates, .seed = candidate.seed},
                                  trial, progress));
    for (const auto& [name, value] : found.best) candidate.parameters[name] = value;
    return {};
}

Result<std::vector<Candidate>> candidates_of(const EnsembleData& data, Progress& progress) {
    std::vector<Candidate> candidates;
    for (const auto& member : data.declaration.members) {
        TRY(family, find_family(member.family));
        if (!family->available)
            return fail(ErrorKind::unsupported, "member '{}': this build has no {}; take it out of the members or build with it",
                        member.name, member.family);
        Candidate candidate{&member, family, columns_for(data.encoder, member.family), member.parameters,
                            data.declaration.seed + 1000 * (candidates.size() + 1)};
        TRY_VOID(with_defaults(*family, candidate.parameters).map([](auto&&) {}));
        if (data.declaration.search_candidates > 0) TRY_VOID(search(data, candidate, progress));
        candidates.push_back(std::move(candidate));
    }
    return candidates;
}

std::string summary_of(const Regressor& model) {
    if (const auto* forest = std::get_if<Forest>(&model.kind())) {
        auto leaves = std::ranges::count(forest->parts().nodes, SplitKind::leaf, &Forest::Node::kind);
        return fmt::format("{} trees, {} leaves", forest->parts().trees.size(), leaves);
    }
    if (const auto* linear = std::get_if<LinearModel>(&model.kind())) return fmt::format("{} terms", linear->terms.size());
    const auto& layers = std::get<Network>(model.kind()).parts().layers;
    std::vector<std::size_t> widths;
    for (const auto& layer : layers) widths.push_back(layer.outputs);
    return fmt::format("layers of {}", fmt::join(widths, ", "));
}

/// All fits of all members: on each fold and, last, on all rows.
struct Fits {
    Matrix out_of_fold;                           ///< rows × members, NaN where not predicted
    std::vector<std::optional<FitOutcome>> full;  ///< per member
    std::vector<std::vector<double>> curves;      ///< per member
};

Result<Fits> fit_all(const EnsembleData& data, const std::vector<Candidate>& candidates, Progress& progress) {
    std::size_t jobs_each = data.folds.size() + 1;
    Fits fits{Matrix(data.targets.size(), candidates.size(), std::numeric_limits<double>::quiet_NaN()), {}, {}};
    fits.full.resize(candidates.size());
    fits.curves.resize(candidates.size());
    std::vector<std::size_t> all(data.targets.size());
    std::iota(all.begin(), all.end(), 0);
    std::vector<Status> outcomes(jobs_each * candidates.size());
    progress.phase("fit members", outcomes.size());
    parallel_for(outcomes.size(), [&](std::size_t job) {
        std::size_t fold = job / candidates.size(), m = job % candidates.size();
        bool full = fold == data.folds.size();
        auto fit = fit_rows(data, candidates[m], full ? std::span<const std::size_t>(all) : data.folds[fold].train);
        if (!fit) {
            outcomes[job] = tl::unexpected(fit.error());
        } else if (full) {
            fits.full[m] = std::move(*fit);
        } else {
            const auto& rows = data.folds[fold].test;
            auto predicted = fit->model.predict(MatrixView<const double>(part_of(data.encoded, rows, candidates[m].columns.columns)));
            for (std::size_t i = 0; i < rows.size(); ++i) fits.out_of_fold(rows[i], m) = predicted[i];
            if (fold == 0) fits.curves[m] = std::move(fit->learning_curve);
        }
        progress.step();
    });
    for (auto& outcome : outcomes) TRY_VOID(outcome);
    return fits;
}

Result<std::vector<double>> weights_of(const EnsembleData& data, const Matrix& out_of_fold, std::span<const std::size_t> rows) {
    Matrix predictions = out_of_fold.take(rows);
    if (data.declaration.task == Task::binary)
        for (std::size_t i = 0; i < predictions.rows(); ++i)
            for (double& score : predictions.row(i)) score = 1 / (1 + std::exp(-score));
    auto targets = values_at(data.targets, rows);
    if (predictions.columns() == 1) return std::vector<double>{1.0};
    bool is_absolute = data.declaration.objective == Objective::absolute_error;
    for (std::size_t i = 0; i < rows.size() && !data.weights.empty(); ++i) {
        double weight = data.weights[rows[i]], scale = is_absolute ? weight : std::sqrt(weight);
        for (double& prediction : predictions.row(i)) prediction *= scale;
        targets[i] *= scale;
    }
    return ensemble_weights(predictions, targets, data.declaration.objective);
}

}  // namespace

Result<FittedEnsemble> fit_ensemble(const EnsembleData& data, Progress& progress) {
    TRY(candidates, candidates_of(data, progress));
    TRY(fits, fit_all(data, candidates, progress));
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < data.targets.size(); ++i)
        if (!std::isnan(fits.out_of_fold(i, 0))) rows.push_back(i);
    TRY(weights, weights_of(data, fits.out_of_fold, rows));

    FittedEnsemble fitted;
    fitted.scores.assign(data.targets.size(), std::numeric_limits<double>::quiet_NaN());
    fitted.spreads.assign(data.targets.size(), 0);
    for (auto i : rows) {
        auto row = fits.out_of_fold.row(i);
        fitted.scores[i] = std::inner_product(weights.begin(), weights.end(), row.begin(), 0.0);
        for (std::size_t m = 0; m < weights.size(); ++m) fitted.spreads[i] += weights[m] * std::abs(row[m] - fitted.scores[i]);
    }
    std::vector<std::string> names;
    for (const auto& feature : data.encoder.features()) names.push_back(feature.name);
    auto targets = values_at(data.targets, rows);
    for (std::size_t m = 0; m < candidates.size(); ++m) {
        const auto& model = fits.full[m]->model;
        fitted.reports.push_back({candidates[m].declared->name, candidates[m].declared->family, weights[m],
                                  loss_of(values_at(fits.out_of_fold.column(m), rows), targets, data.declaration), fits.curves[m],
                                  summary_of(model), candidates[m].parameters});
        if (weights[m] == 0) continue;
        TRY(wide, widen(model, candidates[m].columns.columns, names));
        fitted.ensemble.members.push_back({candidates[m].declared->name, weights[m], std::move(wide)});
    }
    return fitted;
}

}  // namespace quoin
