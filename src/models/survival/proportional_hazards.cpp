#include "models/survival/proportional_hazards.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace quoin {
namespace {

// e^700 is the largest power of ten's neighbour that a double holds; a hazard beyond it is certain either way.
double relative_hazard(double log_hazard) { return std::exp(std::clamp(log_hazard, -700.0, 700.0)); }

double survival_of(double cumulative, double relative) { return cumulative == 0 ? 1.0 : std::exp(-cumulative * relative); }

Status check_baseline(const BaselineHazard& baseline) {
    if (baseline.times.size() != baseline.cumulative.size())
        return fail(ErrorKind::invalid, "the baseline of stratum '{}' has {} times and {} hazards", baseline.stratum, baseline.times.size(),
                    baseline.cumulative.size());
    double time = -1, hazard = 0;
    for (std::size_t step = 0; step < baseline.times.size(); ++step) {
        const bool rises = baseline.times[step] > time && baseline.cumulative[step] >= hazard;
        if (!rises || !std::isfinite(baseline.times[step]) || !std::isfinite(baseline.cumulative[step]))
            return fail(ErrorKind::invalid, "the baseline of stratum '{}' does not rise at step {}", baseline.stratum, step);
        time = baseline.times[step];
        hazard = baseline.cumulative[step];
    }
    if (!std::isfinite(baseline.last_time) || baseline.last_time < std::max(time, 0.0))
        return fail(ErrorKind::invalid, "the baseline of stratum '{}' ends before its last step", baseline.stratum);
    return {};
}

Status check_question(const SurvivalQuestion& question, std::size_t strata) {
    if (question.stratum >= strata) return fail_field(ErrorKind::invalid, "stratum", "stratum {} is none of {}", question.stratum, strata);
    if (!(question.horizon >= 0) || !std::isfinite(question.horizon))
        return fail_field(ErrorKind::invalid, "horizon", "the horizon {} is no time", question.horizon);
    for (double time : question.grid)
        if (!(time >= 0)) return fail_field(ErrorKind::invalid, "grid", "the grid point {} is no time", time);
    for (double share : question.shares)
        if (!(share > 0 && share < 1)) return fail_field(ErrorKind::invalid, "shares", "the share {} is not between 0 and 1", share);
    return {};
}

}  // namespace

double BaselineHazard::at(double time) const {
    const auto after = std::upper_bound(times.begin(), times.end(), time) - times.begin();
    return after == 0 ? 0.0 : cumulative[static_cast<std::size_t>(after) - 1];
}

double restricted_mean(const BaselineHazard& baseline, double log_hazard, double horizon) {
    const double relative = relative_hazard(log_hazard);
    double area = 0, from = 0, height = 1;
    for (std::size_t step = 0; step < baseline.times.size() && baseline.times[step] < horizon; ++step) {
        area += height * (baseline.times[step] - from);
        from = baseline.times[step];
        height = survival_of(baseline.cumulative[step], relative);
    }
    return area + height * std::max(horizon - from, 0.0);
}

Result<ProportionalHazards> ProportionalHazards::make(Parts parts) {
    if (parts.covariates.size() != parts.log_hazard.features())
        return fail(ErrorKind::invalid, "{} covariate names for a model of {}", parts.covariates.size(), parts.log_hazard.features());
    if (parts.baselines.empty()) return fail(ErrorKind::invalid, "a proportional hazards model needs a baseline");
    for (const BaselineHazard& baseline : parts.baselines) TRY_VOID(check_baseline(baseline));
    return ProportionalHazards(std::move(parts));
}

Result<std::size_t> ProportionalHazards::stratum(std::string_view name) const {
    const auto found = std::ranges::find(parts_.baselines, name, &BaselineHazard::stratum);
    if (found == parts_.baselines.end()) return fail_field(ErrorKind::not_found, "stratum", "there is no stratum '{}'", name);
    return static_cast<std::size_t>(found - parts_.baselines.begin());
}

std::vector<double> ProportionalHazards::log_hazards(MatrixView<const double> rows) const { return parts_.log_hazard.predict(rows); }

SurvivalCurve ProportionalHazards::curve(std::span<const double> row, std::size_t stratum) const {
    assert(stratum < parts_.baselines.size());
    const BaselineHazard& baseline = parts_.baselines[stratum];
    const double relative = relative_hazard(parts_.log_hazard.predict(row));
    SurvivalCurve curve{baseline.times, baseline.cumulative, baseline.last_time};
    for (double& value : curve.survival) value = survival_of(value, relative);
    return curve;
}

Matrix ProportionalHazards::survival(MatrixView<const double> rows, std::span<const std::uint32_t> strata,
                                     std::span<const double> grid) const {
    assert(strata.empty() || strata.size() == rows.rows());
    Matrix hazards(parts_.baselines.size(), grid.size());
    for (std::size_t s = 0; s < hazards.rows(); ++s)
        for (std::size_t k = 0; k < grid.size(); ++k) hazards(s, k) = parts_.baselines[s].at(grid[k]);
    const std::vector<double> log_hazards = parts_.log_hazard.predict(rows);
    Matrix survival(rows.rows(), grid.size());
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        const double relative = relative_hazard(log_hazards[i]);
        const std::size_t stratum = strata.empty() ? 0 : strata[i];
        for (std::size_t k = 0; k < grid.size(); ++k) survival(i, k) = survival_of(hazards(stratum, k), relative);
    }
    return survival;
}

double ProportionalHazards::horizon_of(const SurvivalQuestion& question) const {
    return question.horizon > 0 ? question.horizon : parts_.baselines[question.stratum].last_time;
}

Result<SurvivalAnswer> ProportionalHazards::answer(std::span<const double> row, const SurvivalQuestion& question) const {
    TRY_VOID(check_question(question, parts_.baselines.size()));
    const SurvivalCurve curve = this->curve(row, question.stratum);
    SurvivalAnswer answer{.log_hazard = parts_.log_hazard.predict(row), .horizon = horizon_of(question)};
    answer.expected = curve.restricted_mean(answer.horizon);
    for (double share : question.shares) answer.quantiles.push_back(curve.quantile(share));
    for (double time : question.grid) answer.survival.push_back(curve.at(time));
    std::vector<double> contributions(covariates() + 1);
    parts_.log_hazard.contributions(row, contributions);
    for (std::size_t j = 0; j < covariates(); ++j) answer.factors.push_back({j, contributions[j], relative_hazard(contributions[j])});
    std::ranges::stable_sort(answer.factors, std::greater{}, [](const RiskFactor& factor) { return std::abs(factor.contribution); });
    return answer;
}

std::vector<LeverEffect> ProportionalHazards::lever_effects(std::span<const double> row, std::span<const Lever> levers,
                                                            const SurvivalQuestion& question) const {
    assert(question.stratum < parts_.baselines.size());
    const BaselineHazard& baseline = parts_.baselines[question.stratum];
    const double horizon = horizon_of(question), now = parts_.log_hazard.predict(row);
    const double expected_now = restricted_mean(baseline, now, horizon);
    std::vector<double> moved(row.begin(), row.end());
    std::vector<LeverEffect> effects;
    for (const Lever& lever : levers) {
        assert(lever.covariate < covariates());
        for (double value : lever.values) {
            moved[lever.covariate] = value;
            const double then = parts_.log_hazard.predict(moved), expected = restricted_mean(baseline, then, horizon);
            effects.push_back({lever.covariate, value, expected, expected - expected_now, relative_hazard(then - now)});
        }
        moved[lever.covariate] = row[lever.covariate];
    }
    std::ranges::stable_sort(effects, {}, &LeverEffect::expected);
    return effects;
}

}  // namespace quoin
