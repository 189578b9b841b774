#include "models/timing/dirichlet.h"

#include <algorithm>
#include <boost/math/policies/policy.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <numeric>

namespace quoin {
namespace {

constexpr double concentration_least = 1e-3, strength_most = 1e6, count_most = 1e6;
constexpr int iterations_most = 5000;
constexpr int quantiles = 32;

/// Without the default's way through long double, several times as slow.
using InDoubles = boost::math::policies::policy<boost::math::policies::promote_double<false>>;

/// P(a gamma variable of this shape > at) < 1e-5.
bool is_surely_below(double shape, double at) { return at > shape + 6 * std::sqrt(shape) + 12; }

/// How many users have more than m counts, m = 0, 1, …: Σ_i ψ(n_i + a) − ψ(a) = Σ_m users[m] / (a + m).
std::vector<double> exceedances(std::span<const double> counts) {
    std::vector<double> users(static_cast<std::size_t>(*std::ranges::max_element(counts)), 0);
    for (double count : counts)
        for (std::size_t m = 0; m < static_cast<std::size_t>(count); ++m) users[m] += 1;
    return users;
}

double digamma_differences(const std::vector<double>& users, double concentration) {
    double sum = 0;
    for (std::size_t m = 0; m < users.size(); ++m) sum += users[m] / (concentration + static_cast<double>(m));
    return sum;
}

Status check_counts(MatrixView<const double> counts) {
    std::size_t with_counts = 0;
    for (std::size_t i = 0; i < counts.rows(); ++i) {
        double total = 0;
        for (double count : counts.row(i)) {
            if (!(count >= 0 && count <= count_most) || count != std::floor(count))
                return fail(ErrorKind::invalid, "row {}: a count is {}, not a whole number of 0 to {}", i + 1, count, count_most);
            total += count;
        }
        with_counts += total > 0;
    }
    if (counts.columns() < 2 || with_counts < 2)
        return fail(ErrorKind::invalid, "a prior needs counts of at least two users over two shares; there are {} users with counts",
                    with_counts);
    return {};
}

}  // namespace

double DirichletPrior::strength() const { return std::accumulate(concentrations.begin(), concentrations.end(), 0.0); }

DirichletPrior DirichletPrior::with(std::span<const double> counts) const {
    DirichletPrior posterior = *this;
    for (std::size_t k = 0; k < counts.size(); ++k) posterior.concentrations[k] += counts[k];
    return posterior;
}

double DirichletPrior::chance_of_being_largest(std::size_t k) const {
    double sum = 0;
    for (int q = 0; q < quantiles; ++q) {
        double at = boost::math::gamma_p_inv(concentrations[k], (q + 0.5) / quantiles, InDoubles()), others = 1;
        for (std::size_t j = 0; j < concentrations.size() && others > 1e-9; ++j)
            if (j != k && !is_surely_below(concentrations[j], at)) others *= boost::math::gamma_p(concentrations[j], at, InDoubles());
        sum += others;
    }
    return sum / quantiles;
}

Result<DirichletPrior> DirichletPrior::fit(MatrixView<const double> counts) {
    TRY_VOID(check_counts(counts));
    std::size_t shares = counts.columns();
    std::vector<double> totals(counts.rows());
    std::vector<std::vector<double>> users(shares);
    DirichletPrior prior{std::vector<double>(shares, 0)};
    for (std::size_t k = 0; k < shares; ++k) {
        std::vector<double> column(counts.rows());
        for (std::size_t i = 0; i < counts.rows(); ++i) totals[i] += column[i] = counts(i, k);
        users[k] = exceedances(column);
        prior.concentrations[k] = std::accumulate(column.begin(), column.end(), 0.0);
    }
    auto all = exceedances(totals);
    double sum = prior.strength(), start = static_cast<double>(shares);
    for (double& concentration : prior.concentrations) concentration = std::max(concentration_least, concentration / sum * start);
    for (int iteration = 0; iteration < iterations_most; ++iteration) {
        double below = digamma_differences(all, prior.strength()), change = 0;
        for (std::size_t k = 0; k < shares; ++k) {
            double next = std::max(concentration_least,
                                   prior.concentrations[k] * digamma_differences(users[k], prior.concentrations[k]) / below);
            change = std::max(change, std::abs(next / prior.concentrations[k] - 1));
            prior.concentrations[k] = next;
        }
        if (prior.strength() > strength_most)
            return fail(ErrorKind::invalid,
                        "the users differ no more than chance makes them: no finite strength of the prior is most likely");
        if (change < 1e-10) break;
    }
    return prior;
}

double log_likelihood(const DirichletPrior& prior, std::span<const double> counts) {
    double total = std::accumulate(counts.begin(), counts.end(), 0.0), strength = prior.strength();
    double sum = std::lgamma(strength) - std::lgamma(strength + total);
    for (std::size_t k = 0; k < counts.size(); ++k)
        sum += std::lgamma(prior.concentrations[k] + counts[k]) - std::lgamma(prior.concentrations[k]);
    return sum;
}

}  // namespace quoin
