#include "learning/lightgbm_training.h"

#ifdef QUOIN_WITH_LIGHTGBM
#include <LightGBM/c_api.h>
#endif
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <memory>

#include "learning/objective.h"

namespace quoin {

#ifdef QUOIN_WITH_LIGHTGBM

namespace {

struct FreeDataset {
    void operator()(void* handle) const { LGBM_DatasetFree(handle); }
};
struct FreeBooster {
    void operator()(void* handle) const { LGBM_BoosterFree(handle); }
};
using Dataset = std::unique_ptr<void, FreeDataset>;
using Booster = std::unique_ptr<void, FreeBooster>;

constexpr const char* common_settings = "verbosity=-1 deterministic=true force_row_wise=true num_threads=1";

Status check(int status) {
    if (status == 0) return {};
    return fail(ErrorKind::invalid, "LightGBM: {}", LGBM_GetLastError());
}

void drop_message(const char*) {}

/// LightGBM keeps the call-back per thread; errors also come back as status codes, so nothing is lost.
void silence_this_thread() {
    thread_local const bool silenced = LGBM_RegisterLogCallback(drop_message) == 0;
    static_cast<void>(silenced);
}

const char* objective_name(Objective objective) {
    switch (objective) {
        case Objective::squared_error: return "regression";
        case Objective::absolute_error: return "regression_l1";
        case Objective::pseudo_huber: return "fair";
        case Objective::binary_logistic: return "binary";
        case Objective::quantile: return "quantile";
    }
    return "";
}

std::string categorical_columns(std::span<const FeatureUse> uses) {
    std::vector<std::size_t> columns;
    for (std::size_t j = 0; j < uses.size(); ++j) {
        if (uses[j].levels > 0) columns.push_back(j);
    }
    return columns.empty() ? "" : fmt::format(" categorical_feature={}", fmt::join(columns, ","));
}

std::string monotone_constraints(std::span<const FeatureUse> uses) {
    std::vector<int> signs;
    bool any = false;
    for (const FeatureUse& use : uses) {
        signs.push_back(use.monotone);
        any = any || use.monotone != 0;
    }
    return any ? fmt::format(" monotone_constraints={} monotone_constraints_method=intermediate", fmt::join(signs, ",")) : "";
}

std::string settings_of(const FitRequest& request, const LightgbmPlan& plan) {
    std::string settings = fmt::format("{} objective={} seed={} {}", common_settings, objective_name(request.objective),
                                       request.seed & 0x7fffffff, plan.settings);
    if (request.objective == Objective::pseudo_huber) settings += fmt::format(" fair_c={}", plan.huber_slope);
    if (request.objective == Objective::quantile) settings += fmt::format(" alpha={}", request.quantile);
    return settings + categorical_columns(request.uses) + monotone_constraints(request.uses);
}

Status set_floats(DatasetHandle data, const char* field, std::span<const double> values) {
    std::vector<float> floats(values.begin(), values.end());
    return check(LGBM_DatasetSetField(data, field, floats.data(), static_cast<int>(floats.size()), C_API_DTYPE_FLOAT32));
}

Result<Dataset> dataset_of(const LearningRows& rows, const std::string& settings, DatasetHandle reference) {
    DatasetHandle handle = nullptr;
    TRY_VOID(check(LGBM_DatasetCreateFromMat(rows.features.data(), C_API_DTYPE_FLOAT64, static_cast<std::int32_t>(rows.features.rows()),
                                             static_cast<std::int32_t>(rows.features.columns()), 1, settings.c_str(), reference, &handle)));
    Dataset data(handle);
    TRY_VOID(set_floats(handle, "label", rows.labels));
    if (!rows.weights.empty()) TRY_VOID(set_floats(handle, "weight", rows.weights));
    return data;
}

/// Margins of the validation rows; LightGBM keeps them up to date itself, for a yes/no objective as probabilities.
Result<std::vector<double>> validation_margins(BoosterHandle booster, Objective objective, std::size_t rows) {
    std::vector<double> values(rows);
    std::int64_t length = 0;
    TRY_VOID(check(LGBM_BoosterGetPredict(booster, 1, &length, values.data())));
    if (objective == Objective::binary_logistic) {
        for (double& value : values) {
            const double share = std::clamp(value, 1e-15, 1 - 1e-15);
            value = std::log(share / (1 - share));
        }
    }
    return values;
}

Result<std::vector<std::byte>> saved(BoosterHandle booster, std::size_t rounds) {
    std::int64_t length = 0;
    std::string text(1 << 20, '\0');
    for (;;) {
        TRY_VOID(check(LGBM_BoosterSaveModelToString(booster, 0, static_cast<int>(rounds), C_API_FEATURE_IMPORTANCE_SPLIT,
                                                     static_cast<std::int64_t>(text.size()), &length, text.data())));
        if (static_cast<std::size_t>(length) <= text.size()) break;
        text.resize(static_cast<std::size_t>(length));
    }
    std::vector<std::byte> bytes(static_cast<std::size_t>(length) - 1);  // without the closing NUL
    std::memcpy(bytes.data(), text.data(), bytes.size());
    return bytes;
}

}  // namespace

bool lightgbm_available() { return true; }

Result<LibraryModel> train_lightgbm(const FitRequest& request, const LightgbmPlan& plan) {
    silence_this_thread();
    const std::string settings = settings_of(request, plan);
    TRY(train, dataset_of(request.train, settings, nullptr));
    Dataset validation;
    BoosterHandle handle = nullptr;
    TRY_VOID(check(LGBM_BoosterCreate(train.get(), settings.c_str(), &handle)));
    Booster booster(handle);
    if (request.validation) {
        TRY(data, dataset_of(*request.validation, settings, train.get()));
        validation = std::move(data);
        TRY_VOID(check(LGBM_BoosterAddValidData(handle, validation.get())));
    }

    EarlyStopping stopping(plan.early_stopping_rounds);
    std::size_t trained = 0;
    for (int finished = 0; trained < plan.rounds && !finished;) {
        TRY_VOID(check(LGBM_BoosterUpdateOneIter(handle, &finished)));
        ++trained;  // the last, when nothing can be split any more, leaves a constant or nothing
        if (!validation) continue;
        TRY(margins, validation_margins(handle, request.objective, request.validation->labels.size()));
        const double parameter = request.objective == Objective::quantile ? request.quantile : plan.huber_slope;
        if (stopping.stop_after(mean_loss(request.objective, parameter, *request.validation, margins))) break;
    }
    const std::size_t kept = validation && plan.early_stopping_rounds > 0 ? stopping.best_rounds() : trained;
    TRY(bytes, saved(handle, kept));
    return LibraryModel{std::move(bytes), stopping.learning_curve(), kept};
}

#else

bool lightgbm_available() { return false; }

Result<LibraryModel> train_lightgbm(const FitRequest&, const LightgbmPlan&) {
    return fail(ErrorKind::unsupported, "this program was built without LightGBM; run 'make setup' and build again, or use xgboost");
}

#endif

Result<FitOutcome> fit_lightgbm(const FitRequest& request, const LightgbmPlan& plan) {
    for (const FeatureUse& use : request.uses)
        if (request.objective == Objective::quantile && use.monotone != 0)
            return fail_field(ErrorKind::unsupported, use.name,
                              "LightGBM learns no quantiles that are monotone in a feature, as '{}' is declared to be; xgboost does",
                              use.name);
    TRY(trained, train_lightgbm(request, plan));
    TRY(unnamed, load_lightgbm(trained.bytes));
    TRY(forest, with_feature_names(unnamed, request.uses));
    return FitOutcome{Regressor(std::move(forest)), std::move(trained.learning_curve), trained.rounds};
}

}  // namespace quoin
