#include "learning/fit_request.h"

#include <cmath>
#include <limits>

namespace quoin {
namespace {

constexpr std::size_t rows_max = 1u << 30;
constexpr std::size_t columns_max = 1u << 16;
constexpr std::int32_t levels_max = 1 << 20;

Status check_uses(std::span<const FeatureUse> uses) {
    if (uses.empty()) return fail(ErrorKind::invalid, "there is no feature to learn from");
    if (uses.size() > columns_max) return fail(ErrorKind::too_large, "{} features; the limit is {}", uses.size(), columns_max);
    for (const FeatureUse& use : uses) {
        if (use.levels < 0 || use.levels > levels_max) {
            return fail_field(ErrorKind::invalid, use.name, "feature '{}' has {} levels; the limit is {}", use.name, use.levels,
                              levels_max);
        }
        if (use.monotone < -1 || use.monotone > 1 || (use.levels > 0 && use.monotone != 0)) {
            return fail_field(ErrorKind::invalid, use.name, "feature '{}': monotone is +1, −1 or 0, and 0 for a category", use.name);
        }
    }
    return {};
}

Status check_column(MatrixView<const double> features, std::size_t column, const FeatureUse& use, std::string_view which) {
    // Training libraries read floats.
    constexpr double largest = std::numeric_limits<float>::max();
    for (std::size_t i = 0; i < features.rows(); ++i) {
        double value = features(i, column);
        if (std::isnan(value)) continue;
        if (std::abs(value) > largest) {
            return fail_field(ErrorKind::invalid, use.name, "{} row {}: feature '{}' is {}, beyond ±{}", which, i, use.name, value,
                              largest);
        }
        if (use.levels > 0 && (value != std::floor(value) || value < 0 || value >= use.levels)) {
            return fail_field(ErrorKind::invalid, use.name, "{} row {}: category '{}' has code {}; codes are 0 to {}, NaN if missing",
                              which, i, use.name, value, use.levels - 1);
        }
    }
    return {};
}

Status check_labels(const LearningRows& rows, Objective objective, std::string_view which) {
    for (std::size_t i = 0; i < rows.labels.size(); ++i) {
        double label = rows.labels[i];
        if (!std::isfinite(label) || std::abs(label) > 1e30) return fail(ErrorKind::invalid, "{} row {}: the label is {}", which, i, label);
        if (objective == Objective::binary_logistic && label != 0 && label != 1) {
            return fail(ErrorKind::invalid, "{} row {}: the label is {}; a yes/no label is 1 or 0", which, i, label);
        }
    }
    double sum = 0;
    for (std::size_t i = 0; i < rows.weights.size(); ++i) {
        double weight = rows.weights[i];
        if (!(weight >= 0 && weight <= 1e12))
            return fail(ErrorKind::invalid, "{} row {}: the weight is {}, not between 0 and 1e12", which, i, weight);
        sum += weight;
    }
    if (!rows.weights.empty() && !(sum > 0)) return fail(ErrorKind::invalid, "{}: every weight is 0", which);
    return {};
}

Status check_rows(const FitRequest& request, const LearningRows& rows, std::string_view which) {
    const std::size_t count = rows.features.rows();
    if (count == 0) return fail(ErrorKind::invalid, "{}: there are no rows", which);
    if (count > rows_max) return fail(ErrorKind::too_large, "{}: {} rows; the limit is {}", which, count, rows_max);
    if (rows.features.columns() != request.uses.size()) {
        return fail(ErrorKind::invalid, "{}: rows have {} features, but {} are declared", which, rows.features.columns(),
                    request.uses.size());
    }
    if (rows.labels.size() != count) return fail(ErrorKind::invalid, "{}: {} rows, but {} labels", which, count, rows.labels.size());
    if (!rows.weights.empty() && rows.weights.size() != count) {
        return fail(ErrorKind::invalid, "{}: {} rows, but {} weights", which, count, rows.weights.size());
    }
    TRY_VOID(check_labels(rows, request.objective, which));
    for (std::size_t j = 0; j < request.uses.size(); ++j) TRY_VOID(check_column(rows.features, j, request.uses[j], which));
    return {};
}

bool has_both_classes(const LearningRows& rows) {
    double share[2] = {0, 0};
    for (std::size_t i = 0; i < rows.labels.size(); ++i) share[rows.labels[i] == 1] += rows.weights.empty() ? 1 : rows.weights[i];
    return share[0] > 0 && share[1] > 0;
}

}  // namespace

Status check_request(const FitRequest& request) {
    TRY_VOID(check_uses(request.uses));
    TRY_VOID(check_rows(request, request.train, "training"));
    if (request.validation) TRY_VOID(check_rows(request, *request.validation, "validation"));
    if (request.objective == Objective::quantile && !(request.quantile > 0 && request.quantile < 1))
        return fail(ErrorKind::invalid, "the level {} of a quantile does not lie between 0 and 1", request.quantile);
    if (request.objective == Objective::binary_logistic && !has_both_classes(request.train)) {
        return fail(ErrorKind::invalid, "the training labels have one class only; a yes/no model needs rows of both");
    }
    return {};
}

Result<HyperParameters> begin_fit(const FamilyEntry& family, const FitRequest& request) {
    TRY_VOID(check_request(request));
    if (request.objective == Objective::quantile && !family.learns_quantiles)
        return fail(ErrorKind::unsupported, "{} learns no quantiles; xgboost and lightgbm do", family.name);
    return with_defaults(family, request.parameters);
}

Result<Forest> with_feature_names(const Forest& forest, std::span<const FeatureUse> uses) {
    Forest::Parts parts = forest.parts();
    if (parts.feature_names.size() != uses.size()) {
        return fail(ErrorKind::internal, "the trained forest reads {} features, but {} were given", parts.feature_names.size(),
                    uses.size());
    }
    for (std::size_t j = 0; j < uses.size(); ++j) parts.feature_names[j] = uses[j].name;
    return Forest::make(std::move(parts));
}

}  // namespace quoin
