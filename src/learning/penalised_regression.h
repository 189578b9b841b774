#pragma once

#include <span>
#include <vector>

#include "learning/columns.h"
#include "learning/family.h"

namespace quoin {

struct PenalisedOptions {
    double
        alpha = 1e-3;  ///< strength, scikit-learn's: loss is half the mean squared error + alpha · (l1_ratio |b|₁ + (1 − l1_ratio)/2 |b|²)
    double l1_ratio = 0;  ///< 0 ridge, 1 lasso
    double huber_slope = 0.15;
};

struct PenalisedFit {
    double intercept = 0;
    std::vector<double> coefficients;  ///< one per column, on standardised columns
};

/// Elastic net by coordinate descent on the columns' Gram matrix (Friedman, Hastie & Tibshirani 2010, covariance updates); ridge by
/// Cholesky. Objectives other than squared error by iteratively reweighted least squares: logistic by Newton steps (the same paper, section
/// 3), pseudo-Huber by its weights 1/√(1 + (r/δ)²), absolute error as pseudo-Huber with δ = 1e-3 of the labels' spread. Error: invalid,
/// when it does not converge.
Result<PenalisedFit> fit_penalised(const LearningRows& rows, std::span<const ExpandedColumn> columns, Objective objective,
                                   const PenalisedOptions& options);

}  // namespace quoin
