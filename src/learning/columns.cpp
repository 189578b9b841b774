#include "learning/columns.h"

#include <cmath>

namespace quoin {
namespace {

double weight_of(const LearningRows& rows, std::size_t i) { return rows.weights.empty() ? 1.0 : rows.weights[i]; }

/// What a column reads of a feature's value; NaN where a number is missing.
double read(int level, double value) {
    if (level == ExpandedColumn::number) return value;
    if (level == ExpandedColumn::missing) return std::isnan(value) ? 1.0 : 0.0;
    return value == level ? 1.0 : 0.0;
}

/// Mean over the present values, then the spread over all rows with the missing at the mean: two passes, so that a column like a year
/// or a latitude, whose mean is far larger than its spread, keeps its digits.
void add_number(std::vector<ExpandedColumn>& columns, const LearningRows& rows, std::size_t feature, int level) {
    double sum = 0, present = 0, total = 0;
    for (std::size_t i = 0; i < rows.features.rows(); ++i) {
        const double value = read(level, rows.features(i, feature)), weight = weight_of(rows, i);
        total += weight;
        if (std::isnan(value)) continue;
        sum += weight * value;
        present += weight;
    }
    if (!(present > 0)) return;
    const double mean = sum / present;
    double squares = 0;
    for (std::size_t i = 0; i < rows.features.rows(); ++i) {
        const double value = read(level, rows.features(i, feature));
        if (!std::isnan(value)) squares += weight_of(rows, i) * (value - mean) * (value - mean);
    }
    const double scale = std::sqrt(squares / total);
    if (scale > 1e-12 * std::abs(mean) && scale > 1e-30) columns.push_back({feature, level, mean, scale});
}

/// All levels of a category in one pass: an indicator's mean is its share s, its spread √(s(1 − s)).
void add_levels(std::vector<ExpandedColumn>& columns, const LearningRows& rows, std::size_t feature, std::int32_t levels) {
    std::vector<double> weight_of_level(static_cast<std::size_t>(levels), 0.0);
    double total = 0;
    for (std::size_t i = 0; i < rows.features.rows(); ++i) {
        const double code = rows.features(i, feature);
        total += weight_of(rows, i);
        if (!std::isnan(code)) weight_of_level[static_cast<std::size_t>(code)] += weight_of(rows, i);
    }
    for (std::size_t level = 0; level < weight_of_level.size(); ++level) {
        const double share = weight_of_level[level] / total;
        const double scale = std::sqrt(share * (1 - share));
        if (scale > 1e-9) columns.push_back({feature, static_cast<int>(level), share, scale});
    }
}

bool any_missing(const LearningRows& rows, std::size_t feature) {
    for (std::size_t i = 0; i < rows.features.rows(); ++i) {
        if (std::isnan(rows.features(i, feature))) return true;
    }
    return false;
}

}  // namespace

Result<std::vector<ExpandedColumn>> expanded_columns(std::span<const FeatureUse> uses, const LearningRows& rows,
                                                     const ExpansionOptions& options) {
    std::vector<ExpandedColumn> columns;
    for (std::size_t feature = 0; feature < uses.size(); ++feature) {
        if (uses[feature].levels > 0) {
            add_levels(columns, rows, feature, uses[feature].levels);
        } else {
            add_number(columns, rows, feature, ExpandedColumn::number);
        }
        if (options.missing_indicators && any_missing(rows, feature)) add_number(columns, rows, feature, ExpandedColumn::missing);
        if (columns.size() > options.columns_max) {
            return fail_field(
                ErrorKind::too_large, uses[feature].name,
                "the categories up to '{}' give more than {} indicator columns; group rare levels or leave the column to trees",
                uses[feature].name, options.columns_max);
        }
    }
    return columns;
}

double standardised(const ExpandedColumn& column, double value) {
    const double distance = (read(column.level, value) - column.mean) / column.scale;
    return std::isnan(distance) ? 0.0 : distance;
}

}  // namespace quoin
