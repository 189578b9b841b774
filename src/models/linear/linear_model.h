#pragma once

#include <boost/json/fwd.hpp>
#include <span>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"

namespace quoin {

/// A linear model on standardised, imputed inputs: intercept + Σ coefficient · (x − mean) / scale. A missing input counts as the training
/// mean. A categorical input is expanded to one indicator per level (levels > 0 below). Immutable after make; thread-safe.
struct LinearModel {
    struct Term {
        std::size_t feature;  ///< input column
        int level = -1;       ///< −1: the number itself; else an indicator "code == level" (missing: 0)
        double mean, scale;   ///< of the training column (or indicator); scale > 0
        double coefficient;   ///< per standard deviation
    };
    std::size_t features = 0;
    double intercept = 0;
    std::vector<Term> terms;

    double predict(std::span<const double> row) const;
    /// Exact SHAP values of a linear model under independent features: coefficient · (x − mean)/scale. out: features + 1, last = intercept.
    void contributions(std::span<const double> row, std::span<double> out) const;
};

boost::json::object to_json(const LinearModel& model);
Result<LinearModel> linear_model_from_json(const boost::json::value& value);

}  // namespace quoin
