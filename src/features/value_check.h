#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "features/catalog.h"
#include "table/table.h"

namespace quoin {

/// A value that is not what its feature is declared as.
struct ValueProblem {
    std::uint64_t row = 0;  ///< from 1
    std::string feature, value, text;
};

struct ValueCheck {
    static constexpr std::size_t problems_max = 100;
    std::size_t features = 0;  ///< columns that are features
    std::uint64_t problem_count = 0;
    std::vector<ValueProblem> problems;  ///< the first problems_max
};

/// Checks the columns of a table that are called as features ("view:feature", or a name that is unique) against the declared type and
/// range; missing values are fine. Error: not_found, if no column is a feature.
Result<ValueCheck> check_values(const Table& table, const FeatureCatalog& catalog);

/// Why a number cannot be a value of the feature; empty if it can.
std::string problem_of(const FeatureDeclaration& feature, double number);

}  // namespace quoin
