#pragma once

#include <span>
#include <vector>

#include "learning/survival/survival_rows.h"

namespace quoin {

/// Covariates in another order of rows, centred at their weighted means and scaled to weighted standard deviation 1, padded with zeros to a
/// width that vector units like.
struct StandardisedRows {
    std::size_t width = 0;
    std::vector<double> values;         ///< rows × width
    std::vector<double> means, scales;  ///< per covariate; scales > 0, 1 for a covariate that does not vary

    std::size_t covariates() const { return means.size(); }
    const double* row(std::size_t i) const { return values.data() + i * width; }
};

/// Row i is the caller's row order[i]. Precondition: check(rows).
StandardisedRows standardised_rows(const SurvivalRows& rows, std::span<const std::uint32_t> order);

}  // namespace quoin
