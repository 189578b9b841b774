#pragma once

#include <span>
#include <vector>

#include "learning/survival/risk_sets.h"
#include "learning/survival/standardised_rows.h"

namespace quoin {

/// What happens at tied event times: Efron (1977) lets the tied leave the risk set by shares, Breslow (1974) leaves all of them in it.
enum class TieRule { efron, breslow };

/// The log partial likelihood (Cox 1975) and its derivatives in standardised covariates.
struct CoxDerivatives {
    double log_likelihood = 0;  ///< −∞ where it cannot be computed: the coefficients are out of reach
    std::vector<double> gradient;
    Matrix information;  ///< minus the second derivatives
};

/// Partial likelihood of a set of rows, prepared once: rows sorted by time, covariates centred at their weighted means and scaled to
/// weighted standard deviation 1. One evaluation reads the covariates twice, O(rows · covariates²):
///     information = Σ_rows w θ Λ x xᵀ − Σ_events x̄ x̄ᵀ,    gradient = Σ_rows (w δ − w θ Λ) x
/// with θ = e^(xβ), Λ the cumulative hazard over the time at risk, and x̄ the risk set's mean: the sums over risk sets are exchanged, so
/// that no matrix is carried from one risk set to the next. Not thread-safe: an object keeps what its last evaluation left.
class CoxLikelihood {
public:
    /// Precondition: check(rows). The rows' times and weights must outlive the object.
    CoxLikelihood(const SurvivalRows& rows, TieRule ties);

    std::size_t covariates() const { return rows_.covariates(); }
    const RiskSets& sets() const { return sets_; }
    const std::vector<double>& means() const { return rows_.means; }
    const std::vector<double>& scales() const { return rows_.scales; }

    CoxDerivatives at(std::span<const double> coefficients);

    // What the last evaluation left.

    /// Hazard of a subject at the means, at each event time.
    const std::vector<double>& hazards() const { return hazards_; }
    /// The largest |xβ|.
    double reach() const;
    /// Events minus expected events of each of the caller's rows, without its weight.
    std::vector<double> martingale_residuals() const;
    /// Mean of the risk set at each event time (under Efron's rule over its shares), events × covariates, standardised.
    Matrix risk_set_means();
    /// Σ factor · information at each event time.
    Matrix weighted_information(std::span<const double> factors);
    /// A sorted row's standardised covariates.
    std::span<const double> row(std::size_t sorted) const { return {rows_.row(sorted), covariates()}; }

private:
    struct Shares;
    class Sums;

    double weight(std::size_t sorted) const { return times_.weight(sets_.row_of[sorted]); }
    bool is_event(std::size_t sorted) const { return times_.events[sets_.row_of[sorted]] == 1; }
    void compute_relative_hazards(std::span<const double> coefficients);
    /// Calls visit(event, sums over the risk set, sums over the tied events, shares) for every event time, from the last to the first.
    template <class Visit>
    void sweep(Visit visit);
    void sum_anew(std::uint32_t event, const RiskSets::Stratum& stratum, Sums& at_risk) const;
    Shares shares_of(const RiskSets::Event& event, const Sums& at_risk, const Sums& tied) const;
    /// Takes what the means of the risk sets contribute off the information: its upper half.
    void take_means(std::span<const double> factors, Matrix& information);
    void add_rows(std::span<const double> weights, Matrix& information) const;
    /// Cumulative hazard over the time at risk of each sorted row, each event's hazard times its factor.
    std::vector<double> cumulative_hazards(std::span<const double> factors) const;

    SurvivalTimes times_;
    TieRule ties_;
    RiskSets sets_;
    StandardisedRows rows_;                       ///< sorted
    std::vector<double> linear_, relative_;       ///< per sorted row: xβ, and weight · e^(xβ)
    std::vector<double> hazards_, tied_hazards_;  ///< per event time: for the risk set, and for those that have the event then
    double log_likelihood_ = 0;
};

}  // namespace quoin
