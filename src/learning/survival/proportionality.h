#pragma once

#include "learning/survival/cox_fit.h"

namespace quoin {

/// What log hazards are supposed to drift with, in tests of proportionality.
enum class TimeTransform {
    kaplan_meier,  ///< 1 − S(t−) of all rows: R's default
    identity,
    rank,  ///< among the ends of all rows, ties in the middle
    log,
};

struct ProportionalityTest {
    std::vector<ChiSquareTest> covariates;  ///< does this coefficient change with time? degrees 0 where it was not estimated
    ChiSquareTest global;                   ///< does any?
};

/// Score test of coefficients that change with g(t) (Grambsch & Therneau 1994), each information at an event's own risk set, as cox.zph of
/// R's survival since version 3.0. `fit` must come from these rows and this rule for ties. Error: check(SurvivalRows); invalid: another
/// number of covariates, no events, a log of time 0.
Result<ProportionalityTest> test_proportionality(const SurvivalRows& rows, const CoxFit& fit, TieRule ties,
                                                 TimeTransform transform = TimeTransform::kaplan_meier);

/// x − mean of the risk set for every row with an event, by stratum, then time.
struct SchoenfeldResiduals {
    std::vector<std::size_t> rows;  ///< the caller's row of each
    std::vector<double> times;
    Matrix values;  ///< events × covariates, in the covariates' units
};
/// Error: as test_proportionality().
Result<SchoenfeldResiduals> schoenfeld_residuals(const SurvivalRows& rows, const CoxFit& fit, TieRule ties);

}  // namespace quoin
