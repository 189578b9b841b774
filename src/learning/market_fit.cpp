#include "learning/market_fit.h"

#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "evaluation/split.h"
#include "learning/family.h"
#include "learning/feature_plan.h"

namespace quoin {
namespace {

constexpr std::size_t folds = 5;
constexpr double residual_clip = 0.3;

bool made_from_time(const Encoder& encoder, const EncodedFeature& feature) {
    return std::ranges::any_of(feature.inputs, [&](auto input) { return encoder.inputs()[input].kind == ColumnKind::time; });
}

const char* first_family() {
    auto lightgbm = find_family("lightgbm");
    return lightgbm && (*lightgbm)->available ? "lightgbm" : "xgboost";
}

HyperParameters first_parameters(std::string_view family) {
    if (family == "lightgbm")
        return {
            {"num_boost_round", 600}, {"learning_rate", 0.05}, {"num_leaves", 31}, {"feature_fraction", 0.5}, {"bagging_fraction", 0.8}};
    return {{"num_boost_round", 600}, {"learning_rate", 0.05}, {"max_depth", 5}, {"colsample_bytree", 0.5}, {"subsample", 0.8}};
}

}  // namespace

Result<MarketIndex> learn_market_index(const MarketData& data, Progress& progress) {
    std::string name = first_family();
    TRY(family, find_family(name));
    auto chosen = columns_for(data.encoder, name);
    MemberColumns timeless;
    for (std::size_t k = 0; k < chosen.columns.size(); ++k) {
        if (made_from_time(data.encoder, data.encoder.features()[chosen.columns[k]])) continue;
        timeless.columns.push_back(chosen.columns[k]);
        timeless.uses.push_back(chosen.uses[k]);
    }
    if (timeless.columns.empty()) return MarketIndex{};
    TRY(splits, k_fold(data.labels.size(), folds, data.seed ^ 0x6d61726b6574ULL));
    std::vector<double> residuals(data.labels.size());
    std::vector<Status> outcomes(folds);
    progress.phase("market index", folds);
    parallel_for(folds, [&](std::size_t k) {
        auto columns_of = [&](std::span<const std::size_t> rows) {
            Matrix taken(rows.size(), timeless.columns.size());
            for (std::size_t i = 0; i < rows.size(); ++i)
                for (std::size_t j = 0; j < timeless.columns.size(); ++j) taken(i, j) = data.encoded(rows[i], timeless.columns[j]);
            return taken;
        };
        auto train = columns_of(splits[k].train), test = columns_of(splits[k].test);
        std::vector<double> labels;
        for (auto i : splits[k].train) labels.push_back(data.labels[i]);
        auto fit = family->fit({.uses = timeless.uses,
                                .train = {train, labels, {}},
                                .validation = nullptr,
                                .objective = Objective::squared_error,
                                .parameters = first_parameters(name),
                                .seed = data.seed + k});
        if (!fit) {
            outcomes[k] = tl::unexpected(fit.error());
        } else {
            auto predicted = fit->model.predict(MatrixView<const double>(test));
            for (std::size_t i = 0; i < predicted.size(); ++i) residuals[splits[k].test[i]] = data.labels[splits[k].test[i]] - predicted[i];
        }
        progress.step();
    });
    for (auto& outcome : outcomes) TRY_VOID(outcome);
    auto sorted = residuals;
    auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    for (double& residual : residuals) residual = std::clamp(residual, *middle - residual_clip, *middle + residual_clip);
    return fit_market_index(data.days, residuals);
}

}  // namespace quoin
