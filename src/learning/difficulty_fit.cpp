#include "learning/difficulty_fit.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/parallel.h"
#include "evaluation/split.h"
#include "learning/family.h"

namespace quoin {
namespace {

HyperParameters parameters_for(std::string_view family) {
    if (family == "lightgbm")
        return {{"num_boost_round", 250},  {"learning_rate", 0.04},   {"num_leaves", 15}, {"min_data_in_leaf", 60},
                {"feature_fraction", 0.4}, {"bagging_fraction", 0.7}, {"lambda_l2", 5}};
    return {{"num_boost_round", 250},  {"learning_rate", 0.04}, {"max_depth", 4}, {"min_child_weight", 60},
            {"colsample_bytree", 0.4}, {"subsample", 0.7},      {"reg_lambda", 5}};
}

struct Rows {
    Matrix features;
    std::vector<double> targets;
};

Rows rows_at(const Rows& all, std::span<const std::size_t> rows) {
    Rows part{all.features.take(rows), {}};
    for (auto i : rows) part.targets.push_back(all.targets[i]);
    return part;
}

double median_of(std::vector<double> values) {
    auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

Result<std::vector<Split>> splits_of(const DifficultyData& data, std::span<const std::size_t> used) {
    constexpr std::size_t shuffled_folds = 5;
    if (data.folds.empty() || used.size() != data.scores.size()) return k_fold(used.size(), shuffled_folds, data.seed ^ 0x7369676d61ULL);
    return std::vector<Split>(data.folds.begin(), data.folds.end());
}

Result<Regressor> mean_model(std::vector<std::optional<FitOutcome>>& fits) {
    std::vector<Forest> forests;
    for (auto& fit : fits) forests.push_back(std::get<Forest>(fit->model.kind()));
    std::vector<double> weights(forests.size(), 1.0 / static_cast<double>(forests.size()));
    TRY(mean, average_forests(forests, weights));
    return Regressor(std::move(mean));
}

}  // namespace

Result<FittedDifficulty> fit_difficulty(const DifficultyData& data, Progress& progress) {
    std::vector<std::size_t> used;
    std::vector<double> errors;
    for (std::size_t i = 0; i < data.targets.size(); ++i) {
        if (std::isnan(data.scores[i])) continue;
        used.push_back(i);
        errors.push_back(std::abs(data.targets[i] - data.scores[i]));
    }
    double offset = std::max(1e-12, 0.25 * median_of(errors));
    Rows all{Matrix(used.size(), data.encoded.columns() + 2), {}};
    for (std::size_t k = 0; k < used.size(); ++k) {
        auto row = all.features.row(k);
        std::ranges::copy(data.encoded.row(used[k]), row.begin());
        row[data.encoded.columns()] = data.scores[used[k]];
        row[data.encoded.columns() + 1] = data.spreads[used[k]];
        all.targets.push_back(std::log(errors[k] + offset));
    }
    auto lightgbm = find_family("lightgbm");
    std::string name = lightgbm && (*lightgbm)->available ? "lightgbm" : "xgboost";
    TRY(family, find_family(name));
    std::vector<FeatureUse> uses(all.features.columns());
    for (std::size_t j = 0; j < uses.size(); ++j) uses[j].name = fmt::format("f{}", j);
    TRY(splits, splits_of(data, used));
    const std::size_t folds = splits.size();
    std::vector<std::optional<FitOutcome>> fits(folds);
    std::vector<Status> outcomes(folds);
    std::vector<double> sigma(data.targets.size(), 1.0);
    progress.phase("difficulty", folds);
    parallel_for(folds, [&](std::size_t k) {
        auto train = rows_at(all, splits[k].train);
        auto fit = family->fit({.uses = uses,
                                .train = {train.features, train.targets, {}},
                                .validation = nullptr,
                                .objective = Objective::squared_error,
                                .parameters = parameters_for(name),
                                .seed = data.seed + k});
        if (!fit) {
            outcomes[k] = tl::unexpected(fit.error());
        } else {
            auto predicted = fit->model.predict(MatrixView<const double>(rows_at(all, splits[k].test).features));
            for (std::size_t i = 0; i < predicted.size(); ++i) sigma[used[splits[k].test[i]]] = std::max(offset, std::exp(predicted[i]));
            fits[k] = std::move(*fit);
        }
        progress.step();
    });
    for (auto& outcome : outcomes) TRY_VOID(outcome);
    TRY(model, mean_model(fits));
    return FittedDifficulty{std::move(model), offset, std::move(sigma)};
}

}  // namespace quoin
