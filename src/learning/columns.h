#pragma once

#include <span>
#include <vector>

#include "learning/family.h"

namespace quoin {

/// One column of the table that models with a weighted sum learn from: a number, an indicator "is missing" or an indicator of one level.
struct ExpandedColumn {
    static constexpr int number = -1, missing = -2;
    std::size_t feature;
    int level;           ///< number, missing, or the category's code
    double mean, scale;  ///< weighted, of the training rows; scale is the population standard deviation, > 0
};

struct ExpansionOptions {
    bool missing_indicators = false;  ///< one per feature of which any training value is missing
    std::size_t columns_max = 4096;
};

/// The columns of the request's training rows, feature by feature; those that do not vary are left out. A missing number counts as the
/// mean. Error: too_large.
Result<std::vector<ExpandedColumn>> expanded_columns(std::span<const FeatureUse> uses, const LearningRows& rows,
                                                     const ExpansionOptions& options = {});

/// Standardised value of a column for one row's feature value: a missing number gives 0.
double standardised(const ExpandedColumn& column, double value);

}  // namespace quoin
