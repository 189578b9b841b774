#include "learning/survival/survival_rows.h"

#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

Status check_sizes(const SurvivalRows& rows) {
    const std::size_t covariates = rows.covariates.columns();
    if (rows.covariates.rows() != rows.times.rows())
        return fail(ErrorKind::invalid, "{} rows of covariates, {} of times", rows.covariates.rows(), rows.times.rows());
    if (covariates == 0) return fail(ErrorKind::invalid, "there is no covariate; without any the Nelson-Aalen estimate is the model");
    if (covariates > survival_covariates_max)
        return fail(ErrorKind::too_large, "{} covariates; the limit is {}", covariates, survival_covariates_max);
    if (!rows.covariate_names.empty() && rows.covariate_names.size() != covariates)
        return fail(ErrorKind::invalid, "{} names for {} covariates", rows.covariate_names.size(), covariates);
    return {};
}

Status check_strata(const SurvivalRows& rows) {
    if (rows.strata.empty()) return {};
    if (rows.strata.size() != rows.times.rows())
        return fail(ErrorKind::invalid, "{} strata for {} rows", rows.strata.size(), rows.times.rows());
    if (rows.stratum_names.size() > survival_strata_max)
        return fail(ErrorKind::too_large, "{} strata; the limit is {}", rows.stratum_names.size(), survival_strata_max);
    const auto unnamed = std::ranges::find_if(rows.strata, [&](std::uint32_t code) { return code >= rows.stratum_names.size(); });
    if (unnamed != rows.strata.end())
        return fail_field(ErrorKind::invalid, "strata", "row {}: stratum {} has no name", unnamed - rows.strata.begin(), *unnamed);
    return {};
}

}  // namespace

Status check(const SurvivalRows& rows) {
    TRY_VOID(check(rows.times));
    TRY_VOID(check_sizes(rows));
    TRY_VOID(check_strata(rows));
    for (std::size_t i = 0; i < rows.covariates.rows(); ++i) {
        for (std::size_t j = 0; j < rows.covariates.columns(); ++j) {
            // Squares of the columns are summed: what would overflow there is refused as well.
            if (const double value = rows.covariates(i, j); !(std::abs(value) < 1e100))
                return fail_field(ErrorKind::invalid, covariate_name(rows, j), "row {}: covariate {} is {}", i, covariate_name(rows, j),
                                  value);
        }
    }
    return {};
}

std::string covariate_name(const SurvivalRows& rows, std::size_t covariate) {
    return rows.covariate_names.empty() ? fmt::format("x{}", covariate + 1) : rows.covariate_names[covariate];
}

}  // namespace quoin
