#pragma once

#include <span>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"

namespace quoin {

/// What is known of shares (p_1, …, p_K) before a user's own counts: a Dirichlet distribution. Counts are multinomial, so that the
/// posterior is Dirichlet again, with the counts added: few counts leave the crowd's shares, many the user's own.
struct DirichletPrior {
    std::vector<double> concentrations;  ///< > 0, one per share; their sum is the strength of the prior in counts

    double strength() const;
    double mean(std::size_t k) const { return concentrations[k] / strength(); }
    /// The prior with the counts added. counts.size() == concentrations.size().
    DirichletPrior with(std::span<const double> counts) const;
    /// P(share k is the largest), by 32 quantiles of the k-th of independent gamma variables (their shares are Dirichlet). Within 0.02.
    double chance_of_being_largest(std::size_t k) const;

    /// Maximum likelihood of Dirichlet-multinomial counts (users × shares) by Minka's fixed-point iteration (Minka 2000, Estimating a
    /// Dirichlet distribution, eq. 55); shares that nobody has get a least concentration. Error: invalid, for counts that are no whole
    /// numbers ≥ 0, fewer than two users with counts, or users that differ so little that no finite strength is most likely.
    static Result<DirichletPrior> fit(MatrixView<const double> counts);
};

/// log P(counts | prior), the multinomial coefficient left out.
double log_likelihood(const DirichletPrior& prior, std::span<const double> counts);

}  // namespace quoin
