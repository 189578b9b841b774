#pragma once

#include "learning/survival/cox_fit.h"

namespace quoin {

/// A maximum of the partial likelihood in standardised covariates.
struct CoxMaximum {
    CoxStatus status = CoxStatus::iteration_limit;
    std::vector<double> coefficients;
    std::vector<CoefficientState> states;
    CoxDerivatives at_zero, at_end;
    Matrix covariance;  ///< 0 where not estimated; empty if penalised
    double score_statistic = 0, wald_statistic = 0;
    std::size_t degrees = 0, iterations = 0;
};

/// Newton's method. Leaves `likelihood` evaluated at the maximum.
CoxMaximum maximise(CoxLikelihood& likelihood, std::size_t iterations_max);

/// With an elastic net. `weight`: Σ of the rows' weights. Leaves `likelihood` evaluated at the maximum.
CoxMaximum maximise_penalised(CoxLikelihood& likelihood, const CoxOptions& options, double weight);

}  // namespace quoin
