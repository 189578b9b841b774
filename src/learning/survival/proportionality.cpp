#include "learning/survival/proportionality.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "evaluation/survival/product_limit.h"

namespace quoin {
namespace {

Status check_fit(const SurvivalRows& rows, const CoxFit& fit) {
    TRY_VOID(check(rows));
    if (fit.coefficients.size() != rows.covariates.columns())
        return fail(ErrorKind::invalid, "a fit of {} covariates for rows of {}", fit.coefficients.size(), rows.covariates.columns());
    if (std::ranges::find(rows.times.events, 1) == rows.times.events.end()) return fail(ErrorKind::invalid, "there are no events");
    return {};
}

/// The likelihood evaluated where the fit ended.
CoxLikelihood likelihood_at(const SurvivalRows& rows, const CoxFit& fit, TieRule ties) {
    CoxLikelihood likelihood(rows, ties);
    std::vector<double> standardised;
    for (std::size_t j = 0; j < fit.coefficients.size(); ++j) standardised.push_back(fit.coefficients[j].value * likelihood.scales()[j]);
    likelihood.at(standardised);
    return likelihood;
}

/// The sorted rows with an event, as indices of events and rows.
template <class Visit>
void for_each_event(const SurvivalTimes& times, const RiskSets& sets, Visit visit) {
    for (std::size_t e = 0; e < sets.events.size(); ++e)
        for (std::uint32_t i = sets.events[e].first; i < sets.events[e].last; ++i)
            if (times.events[sets.row_of[i]]) visit(e, i);
}

/// g at each event time of `sets`.
Result<std::vector<double>> transformed(const SurvivalTimes& times, const RiskSets& sets, TimeTransform transform) {
    std::vector<double> all(times.stops.begin(), times.stops.end()), result;
    std::ranges::sort(all);
    const bool is_event_at_zero = std::ranges::any_of(sets.events, [](const RiskSets::Event& event) { return event.time <= 0; });
    if (transform == TimeTransform::log && is_event_at_zero) return fail(ErrorKind::invalid, "an event at time 0 has no logarithm");
    TRY(estimate, product_limit({times.stops, times.events, times.starts}));
    for (const RiskSets::Event& event : sets.events) {
        const auto [first, last] = std::ranges::equal_range(all, event.time);
        const auto before = std::ranges::lower_bound(estimate.curve.times, event.time) - estimate.curve.times.begin();
        switch (transform) {
            case TimeTransform::kaplan_meier:
                result.push_back(before == 0 ? 0 : 1 - estimate.curve.survival[static_cast<std::size_t>(before) - 1]);
                break;
            case TimeTransform::identity: result.push_back(event.time); break;
            case TimeTransform::rank:
                result.push_back((static_cast<double>(first - all.begin()) + static_cast<double>(last - all.begin()) + 1) / 2);
                break;
            case TimeTransform::log: result.push_back(std::log(event.time)); break;
        }
    }
    double sum = 0;
    for (std::size_t e = 0; e < result.size(); ++e) sum += result[e] * sets.events[e].count;
    for (double& value : result) value -= sum / static_cast<double>(sets.event_count);
    return result;
}

using View = Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

/// The block of the columns `kept`.
Eigen::MatrixXd block(const Matrix& matrix, const std::vector<long>& kept) {
    return View(matrix.values().data(), static_cast<long>(matrix.rows()), static_cast<long>(matrix.columns()))(kept, kept);
}

}  // namespace

Result<ProportionalityTest> test_proportionality(const SurvivalRows& rows, const CoxFit& fit, TieRule ties, TimeTransform transform) {
    TRY_VOID(check_fit(rows, fit));
    CoxLikelihood likelihood = likelihood_at(rows, fit, ties);
    const RiskSets& sets = likelihood.sets();
    TRY(drift, transformed(rows.times, sets, transform));
    const Matrix means = likelihood.risk_set_means();
    std::vector<double> score(likelihood.covariates(), 0.0), squares;
    for_each_event(rows.times, sets, [&](std::size_t e, std::uint32_t i) {
        for (std::size_t j = 0; j < score.size(); ++j)
            score[j] += rows.times.weight(sets.row_of[i]) * drift[e] * (likelihood.row(i)[j] - means(e, j));
    });
    for (double value : drift) squares.push_back(value * value);

    ProportionalityTest test{.covariates = std::vector<ChiSquareTest>(score.size())};
    std::vector<long> kept;
    for (std::size_t j = 0; j < score.size(); ++j)
        if (fit.coefficients[j].state == CoefficientState::estimated) kept.push_back(static_cast<long>(j));
    if (kept.empty()) return test;
    const Eigen::LLT<Eigen::MatrixXd> constant(block(likelihood.weighted_information(std::vector<double>(drift.size(), 1.0)), kept));
    const Eigen::MatrixXd crossed = block(likelihood.weighted_information(drift), kept);
    // What the drifts' information keeps when the coefficients may move as well.
    const Eigen::MatrixXd left = block(likelihood.weighted_information(squares), kept) - crossed * constant.solve(crossed);
    const Eigen::VectorXd pull = Eigen::Map<const Eigen::VectorXd>(score.data(), static_cast<long>(score.size()))(kept);
    for (std::size_t k = 0; k < kept.size(); ++k) {
        const auto at = static_cast<long>(k);
        if (left(at, at) > 0) test.covariates[static_cast<std::size_t>(kept[k])] = {pull[at] * pull[at] / left(at, at), 1};
    }
    const Eigen::LLT<Eigen::MatrixXd> all(left);
    const double statistic = all.info() == Eigen::Success ? pull.dot(all.solve(pull)) : 0;
    if (std::isfinite(statistic) && statistic > 0) test.global = {statistic, kept.size()};
    return test;
}

Result<SchoenfeldResiduals> schoenfeld_residuals(const SurvivalRows& rows, const CoxFit& fit, TieRule ties) {
    TRY_VOID(check_fit(rows, fit));
    CoxLikelihood likelihood = likelihood_at(rows, fit, ties);
    const Matrix means = likelihood.risk_set_means();
    SchoenfeldResiduals residuals{.values = Matrix(likelihood.sets().event_count, likelihood.covariates())};
    for_each_event(rows.times, likelihood.sets(), [&](std::size_t e, std::uint32_t i) {
        for (std::size_t j = 0; j < likelihood.covariates(); ++j)
            residuals.values(residuals.rows.size(), j) = (likelihood.row(i)[j] - means(e, j)) * likelihood.scales()[j];
        residuals.rows.push_back(likelihood.sets().row_of[i]);
        residuals.times.push_back(likelihood.sets().events[e].time);
    });
    return residuals;
}

}  // namespace quoin
