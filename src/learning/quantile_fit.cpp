#include "learning/quantile_fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "base/parallel.h"
#include "learning/feature_plan.h"
#include "learning/objective.h"
#include "models/widen.h"

namespace quoin {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Learner {
    const DeclaredMember* declared;
    const FamilyEntry* family;
    MemberColumns columns;
    std::uint64_t seed;
};

Result<std::vector<Learner>> learners_of(const EnsembleData& data) {
    std::vector<Learner> learners;
    for (const auto& member : data.declaration.members) {
        TRY(family, find_family(member.family));
        if (family->learns_quantiles && family->available)
            learners.push_back({&member, family, columns_for(data.encoder, member.family), data.declaration.seed + 1000 * learners.size()});
    }
    if (learners.empty()) return fail(ErrorKind::unsupported, "none of the members learns quantiles in this build; xgboost does");
    return learners;
}

std::vector<double> at(std::span<const double> values, std::span<const std::size_t> rows) {
    std::vector<double> taken;
    for (auto i : rows) taken.push_back(values[i]);
    return taken;
}

/// One fit of one learner at one level on some rows.
struct Fit {
    const EnsembleData& data;
    const Learner& learner;
    double level;

    Matrix features(std::span<const std::size_t> rows) const {
        const auto& columns = learner.columns.columns;
        Matrix part(rows.size(), columns.size());
        for (std::size_t i = 0; i < rows.size(); ++i)
            for (std::size_t j = 0; j < columns.size(); ++j) part(i, j) = data.encoded(rows[i], columns[j]);
        return part;
    }
    Result<Regressor> on(std::span<const std::size_t> rows) const {
        auto own = features(rows);
        auto labels = at(data.targets, rows);
        TRY(outcome, learner.family->fit({.uses = learner.columns.uses,
                                          .train = {own, labels, {}},
                                          .objective = Objective::quantile,
                                          .quantile = level,
                                          .parameters = learner.declared->parameters,
                                          .seed = learner.seed}));
        return std::move(outcome.model);
    }
};

struct Fits {
    std::vector<Matrix> out_of_fold;                           ///< by level: rows × learners
    std::vector<std::vector<std::optional<Regressor>>> whole;  ///< by level and learner
};

Result<Fits> fit_all(const EnsembleData& data, const std::vector<Learner>& learners, Progress& progress) {
    const auto& levels = data.declaration.quantiles;
    Fits fits;
    fits.out_of_fold.assign(levels.size(), Matrix(data.targets.size(), learners.size(), nan));
    fits.whole.assign(levels.size(), std::vector<std::optional<Regressor>>(learners.size()));
    std::vector<std::size_t> all(data.targets.size());
    std::iota(all.begin(), all.end(), 0);
    const std::size_t parts = data.folds.size() + 1;
    std::vector<Status> outcomes(parts * levels.size() * learners.size());
    progress.phase("fit quantiles", outcomes.size());
    parallel_for(outcomes.size(), [&](std::size_t job) {
        std::size_t part = job % parts, k = job / parts % levels.size(), m = job / parts / levels.size();
        bool whole = part == data.folds.size();
        Fit fit{data, learners[m], levels[k]};
        auto model = fit.on(whole ? std::span<const std::size_t>(all) : data.folds[part].train);
        if (!model) {
            outcomes[job] = tl::unexpected(model.error());
        } else if (whole) {
            fits.whole[k][m] = std::move(*model);
        } else {
            const auto& rows = data.folds[part].test;
            auto predicted = model->predict(MatrixView<const double>(fit.features(rows)));
            for (std::size_t i = 0; i < rows.size(); ++i) fits.out_of_fold[k](rows[i], m) = predicted[i];
        }
        progress.step();
    });
    for (auto& outcome : outcomes) TRY_VOID(outcome);
    return fits;
}

double mean_pinball(const Matrix& predictions, std::span<const double> labels, double level, std::span<const double> weights) {
    double sum = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        auto row = predictions.row(i);
        sum += pinball_loss(level, labels[i], std::inner_product(weights.begin(), weights.end(), row.begin(), 0.0));
    }
    return sum / static_cast<double>(labels.size());
}

}  // namespace

std::vector<double> pinball_weights(const Matrix& predictions, std::span<const double> labels, double level) {
    constexpr double golden = 0.6180339887498949;
    constexpr int sections = 24, sweeps_max = 20;
    const std::size_t members = predictions.columns();
    std::vector<double> weights(members, 1.0 / static_cast<double>(members));
    double best = mean_pinball(predictions, labels, level, weights);
    for (int sweep = 0; sweep < sweeps_max && members > 1; ++sweep) {
        double before = best;
        for (std::size_t a = 0; a + 1 < members; ++a) {
            for (std::size_t b = a + 1; b < members; ++b) {
                const double both = weights[a] + weights[b];
                auto loss = [&](double share) {
                    auto tried = weights;
                    tried[a] = share, tried[b] = both - share;
                    return mean_pinball(predictions, labels, level, tried);
                };
                double lower = 0, upper = both;
                for (int section = 0; section < sections; ++section) {
                    double left = upper - golden * (upper - lower), right = lower + golden * (upper - lower);
                    (loss(left) <= loss(right) ? upper : lower) = loss(left) <= loss(right) ? right : left;
                }
                for (double share : {(lower + upper) / 2, 0.0, both}) {
                    if (double reached = loss(share); reached < best) best = reached, weights[a] = share, weights[b] = both - share;
                }
            }
        }
        if (before - best <= 1e-9 * before) break;
    }
    return weights;
}

Result<FittedQuantiles> fit_quantiles(const EnsembleData& data, Progress& progress) {
    TRY(learners, learners_of(data));
    TRY(fits, fit_all(data, learners, progress));
    const auto& levels = data.declaration.quantiles;
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < data.targets.size(); ++i)
        if (!std::isnan(fits.out_of_fold.front()(i, 0))) rows.push_back(i);
    auto targets = at(data.targets, rows);
    std::vector<std::string> names;
    for (const auto& feature : data.encoder.features()) names.push_back(feature.name);

    FittedQuantiles fitted;
    fitted.out_of_fold = Matrix(data.targets.size(), levels.size(), nan);
    for (std::size_t k = 0; k < levels.size(); ++k) {
        auto& level = fitted.model.levels.emplace_back();
        level.level = levels[k];
        auto seen = fits.out_of_fold[k].take(rows);
        auto weights = pinball_weights(seen, targets, levels[k]);
        for (std::size_t i = 0; i < rows.size(); ++i)
            fitted.out_of_fold(rows[i], k) = std::inner_product(weights.begin(), weights.end(), seen.row(i).begin(), 0.0);
        for (std::size_t m = 0; m < learners.size(); ++m) {
            if (weights[m] == 0) continue;
            TRY(wide, widen(*fits.whole[k][m], learners[m].columns.columns, names));
            level.ensemble.members.push_back({learners[m].declared->name, weights[m], std::move(wide)});
        }
    }
    rearrange(fitted.out_of_fold);
    for (std::size_t k = 0; k < levels.size(); ++k) {
        std::vector<double> scores;
        for (auto i : rows) scores.push_back(data.targets[i] - fitted.out_of_fold(i, k));
        TRY(move, conformal_move(std::move(scores), levels[k]));
        fitted.model.levels[k].move = move;
    }
    for (auto i : rows) {
        auto row = fitted.out_of_fold.row(i);
        auto bounds = fitted.model.bounds(row);
        for (std::size_t k = 0; k < levels.size(); ++k) row[k] = bounds[k].bound;
    }
    return fitted;
}

}  // namespace quoin
