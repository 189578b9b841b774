#pragma once

#include <string>
#include <vector>

#include "base/matrix.h"
#include "models/survival/survival_times.h"

namespace quoin {

/// What a survival model learns from. Views only: the caller keeps the data alive.
struct SurvivalRows {
    MatrixView<const double> covariates;  ///< rows × covariates, finite
    SurvivalTimes times;
    std::span<const std::uint32_t> strata = {};     ///< code per row, 0 … stratum_names.size() − 1; empty: one stratum
    std::vector<std::string> covariate_names = {};  ///< empty: x1, x2, …
    std::vector<std::string> stratum_names = {};    ///< one per code; empty: one stratum without a name
};

constexpr std::size_t survival_covariates_max = 2000;
constexpr std::size_t survival_strata_max = 100'000;

/// Error: what check(SurvivalTimes) refuses; invalid, naming the covariate and the row, for sizes that do not fit, a covariate that is not
/// finite, a stratum without a name; too_large.
Status check(const SurvivalRows& rows);

std::string covariate_name(const SurvivalRows& rows, std::size_t covariate);

}  // namespace quoin
