#include "learning/survival/cox_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "evaluation/chi_square.h"
#include "learning/survival/cox_maximum.h"

namespace quoin {
namespace {

/// Of a separated fit; a subject that lives through it does not.
constexpr double hazard_max = 1e300;

double total_weight(const SurvivalTimes& times) {
    double total = 0;
    for (std::size_t i = 0; i < times.rows(); ++i) total += times.weight(i);
    return total;
}

Status check_penalty(const CoxPenalty& penalty) {
    if (!(penalty.strength >= 0) || !std::isfinite(penalty.strength))
        return fail_field(ErrorKind::invalid, "penalty", "the penalty {} is not positive", penalty.strength);
    if (!(penalty.l1_ratio >= 0 && penalty.l1_ratio <= 1))
        return fail_field(ErrorKind::invalid, "l1_ratio", "the l1_ratio {} is not between 0 and 1", penalty.l1_ratio);
    return {};
}

std::vector<BaselineHazard> baselines_of(const SurvivalRows& rows, const CoxLikelihood& likelihood) {
    const RiskSets& sets = likelihood.sets();
    std::vector<BaselineHazard> baselines;
    for (std::size_t s = 0; s < sets.strata.size(); ++s) {
        const RiskSets::Stratum& stratum = sets.strata[s];
        BaselineHazard baseline{.stratum = s < rows.stratum_names.size() ? rows.stratum_names[s] : ""};
        double cumulative = 0;
        for (std::uint32_t e = stratum.event_first; e < stratum.event_last; ++e) {
            cumulative = std::min(cumulative + likelihood.hazards()[e], hazard_max);
            baseline.times.push_back(sets.events[e].time);
            baseline.cumulative.push_back(cumulative);
        }
        if (stratum.row_last > stratum.row_first) baseline.last_time = rows.times.stops[sets.row_of[stratum.row_last - 1]];
        baselines.push_back(std::move(baseline));
    }
    return baselines;
}

Result<ProportionalHazards> model_of(const SurvivalRows& rows, const CoxLikelihood& likelihood,
                                     std::span<const CoxCoefficient> coefficients) {
    LinearModel linear{.features = coefficients.size()};
    std::vector<std::string> names;
    for (std::size_t j = 0; j < coefficients.size(); ++j) {
        linear.terms.push_back({.feature = j, .mean = likelihood.means()[j], .scale = 1, .coefficient = coefficients[j].value});
        names.push_back(coefficients[j].name);
    }
    return ProportionalHazards::make({std::move(names), Regressor(std::move(linear)), baselines_of(rows, likelihood)});
}

std::vector<CoxCoefficient> coefficients_of(const SurvivalRows& rows, const CoxLikelihood& likelihood, const CoxMaximum& maximum) {
    std::vector<CoxCoefficient> coefficients;
    for (std::size_t j = 0; j < likelihood.covariates(); ++j) {
        const double scale = likelihood.scales()[j];
        CoxCoefficient coefficient{covariate_name(rows, j), maximum.states[j], maximum.coefficients[j] / scale, {}};
        if (maximum.covariance.rows() > 0 && coefficient.state == CoefficientState::estimated)
            coefficient.standard_error = std::sqrt(maximum.covariance(j, j)) / scale;
        coefficients.push_back(std::move(coefficient));
    }
    return coefficients;
}

Matrix covariance_of(const CoxLikelihood& likelihood, const CoxMaximum& maximum) {
    const std::size_t size = maximum.covariance.rows();
    Matrix covariance(size, size);
    for (std::size_t a = 0; a < size; ++a)
        for (std::size_t b = 0; b < size; ++b)
            covariance(a, b) = maximum.covariance(a, b) / (likelihood.scales()[a] * likelihood.scales()[b]);
    return covariance;
}

CoxMaximum without_events(CoxLikelihood& likelihood) {
    CoxMaximum maximum{.status = CoxStatus::no_events, .coefficients = std::vector<double>(likelihood.covariates())};
    maximum.states.assign(likelihood.covariates(), CoefficientState::aliased);
    maximum.at_zero = maximum.at_end = likelihood.at(maximum.coefficients);
    return maximum;
}

}  // namespace

const char* name_of(CoxStatus status) {
    switch (status) {
        case CoxStatus::converged: return "converged";
        case CoxStatus::separated: return "separated";
        case CoxStatus::no_events: return "no_events";
        case CoxStatus::iteration_limit: return "iteration_limit";
    }
    return "";
}

const char* name_of(CoefficientState state) {
    switch (state) {
        case CoefficientState::estimated: return "estimated";
        case CoefficientState::aliased: return "aliased";
        case CoefficientState::infinite: return "infinite";
    }
    return "";
}

double CoxCoefficient::hazard_ratio() const { return std::exp(std::clamp(value, -700.0, 700.0)); }
double CoxCoefficient::z() const { return value / *standard_error; }
double CoxCoefficient::p_value() const { return two_sided_normal_tail(z()); }
double ChiSquareTest::p_value() const { return chi_square_tail(statistic, static_cast<double>(degrees)); }

Result<CoxFit> fit_cox(const SurvivalRows& rows, const CoxOptions& options) {
    TRY_VOID(check(rows));
    if (options.penalty) TRY_VOID(check_penalty(*options.penalty));
    CoxLikelihood likelihood(rows, options.ties);
    const CoxMaximum maximum = likelihood.sets().event_count == 0 ? without_events(likelihood)
                               : options.penalty                  ? maximise_penalised(likelihood, options, total_weight(rows.times))
                                                                  : maximise(likelihood, options.iterations_max);
    std::vector<CoxCoefficient> coefficients = coefficients_of(rows, likelihood, maximum);
    TRY(model, model_of(rows, likelihood, coefficients));
    CoxFit fit{.model = std::move(model),
               .status = maximum.status,
               .coefficients = std::move(coefficients),
               .covariance = covariance_of(likelihood, maximum),
               .rows = rows.times.rows(),
               .events = likelihood.sets().event_count,
               .iterations = maximum.iterations,
               .log_likelihood_null = maximum.at_zero.log_likelihood,
               .log_likelihood = maximum.at_end.log_likelihood,
               .martingale_residuals = likelihood.martingale_residuals()};
    if (!options.penalty) {
        fit.likelihood_ratio = {std::max(0.0, 2 * (fit.log_likelihood - fit.log_likelihood_null)), maximum.degrees};
        fit.wald = {maximum.wald_statistic, maximum.degrees};
        fit.score = {maximum.score_statistic, maximum.degrees};
    }
    return fit;
}

Result<double> cox_penalty_max(const SurvivalRows& rows, double l1_ratio, TieRule ties) {
    TRY_VOID(check(rows));
    if (!(l1_ratio > 0 && l1_ratio <= 1)) return fail_field(ErrorKind::invalid, "l1_ratio", "the l1_ratio {} is not in (0, 1]", l1_ratio);
    CoxLikelihood likelihood(rows, ties);
    const CoxDerivatives at_zero = likelihood.at(std::vector<double>(likelihood.covariates()));
    double steepest = 0;
    for (double slope : at_zero.gradient) steepest = std::max(steepest, std::abs(slope));
    return steepest / (l1_ratio * total_weight(rows.times));
}

}  // namespace quoin
