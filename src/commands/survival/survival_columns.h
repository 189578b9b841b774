#pragma once

#include <string>
#include <vector>

#include "learning/survival/survival_rows.h"
#include "table/table.h"

namespace quoin {

/// Which columns of a table are what. Empty: there is none; no covariates: all columns that are nothing else.
struct SurvivalColumns {
    std::string time, event, start, weight, strata;
    std::vector<std::string> covariates;
};

/// Rows of a table as a survival model takes them. A category becomes an indicator of each of its levels but the first by name, called
/// "column=level", as R does.
struct TableSurvivalRows {
    Matrix covariates;
    std::vector<double> starts, stops, weights;
    std::vector<std::uint8_t> events;
    std::vector<std::uint32_t> strata;
    std::vector<std::string> covariate_names, stratum_names;
    std::size_t rows_left_out = 0;  ///< with a missing value in one of these columns

    SurvivalRows view() const { return {covariates, {stops, events, starts, weights}, strata, covariate_names, stratum_names}; }
};

/// Error: not_found, invalid: a column that is not there or not of the kind that it has to be, an event that is not 0 or 1, no complete
/// row.
Result<TableSurvivalRows> survival_rows_of(const Table& table, const SurvivalColumns& columns);

}  // namespace quoin
