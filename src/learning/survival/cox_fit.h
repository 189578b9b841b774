#pragma once

#include <optional>
#include <string>
#include <vector>

#include "learning/survival/cox_likelihood.h"
#include "models/survival/proportional_hazards.h"

namespace quoin {

/// How a fit ended. All but `iteration_limit` are answers.
enum class CoxStatus {
    converged,
    separated,        ///< the likelihood rises for ever along some coefficients (Heinze & Schemper 2001): they are marked infinite
    no_events,        ///< nothing can be learnt: all coefficients 0, the baseline hazard is 0
    iteration_limit,  ///< what was reached is returned, but is no maximum
};
const char* name_of(CoxStatus status);

enum class CoefficientState {
    estimated,
    aliased,   ///< constant, or a combination of the covariates before it: 0, without a standard error (R prints NA)
    infinite,  ///< the estimate does not exist; the value is where the likelihood had become flat
};
const char* name_of(CoefficientState state);

struct CoxCoefficient {
    std::string name;
    CoefficientState state = CoefficientState::estimated;
    double value = 0;                      ///< change of the log hazard per unit of the covariate
    std::optional<double> standard_error;  ///< from the inverse information; only if estimated, and without a penalty

    double hazard_ratio() const;
    /// Wald's: value / standard_error, and its two-sided p-value. Precondition: there is a standard error.
    double z() const;
    double p_value() const;
};

struct ChiSquareTest {
    double statistic = 0;
    std::size_t degrees = 0;
    double p_value() const;
};

/// Elastic net (Simon et al. 2011) on standardised covariates, as glmnet's family "cox":
/// −log likelihood / Σ weights + strength · (l1_ratio |b|₁ + (1 − l1_ratio) |b|² / 2).
struct CoxPenalty {
    double strength = 0;
    double l1_ratio = 1;
};

struct CoxOptions {
    TieRule ties = TieRule::efron;
    std::optional<CoxPenalty> penalty = {};
    std::size_t iterations_max = 100;
};

struct CoxFit {
    ProportionalHazards model;  ///< centred at the covariates' weighted means; one baseline per stratum by the tie rule's estimator
    CoxStatus status = CoxStatus::converged;
    std::vector<CoxCoefficient> coefficients;
    Matrix covariance;  ///< of the coefficients; 0 where aliased or infinite; empty if penalised
    std::size_t rows = 0, events = 0, iterations = 0;
    double log_likelihood_null = 0, log_likelihood = 0;  ///< partial, without the penalty
    /// Of no effect at all; degrees 0 if penalised.
    ChiSquareTest likelihood_ratio, wald, score;
    std::vector<double> martingale_residuals;  ///< one per row, in the caller's order
};

/// Cox proportional hazards by Newton's method with step halving; with a penalty by coordinate descent on the quadratic that touches the
/// likelihood. Nothing in a fit is ever NaN. Error: what check(SurvivalRows) refuses; invalid: a penalty that is not ≥ 0 and finite, an
/// l1_ratio outside [0, 1]. Deterministic; safe to call from many threads.
Result<CoxFit> fit_cox(const SurvivalRows& rows, const CoxOptions& options = {});

/// The least strength at which an l1_ratio > 0 leaves no coefficient: where a path of penalties starts.
Result<double> cox_penalty_max(const SurvivalRows& rows, double l1_ratio, TieRule ties = TieRule::efron);

}  // namespace quoin
