#include "learning/survival/hazard_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/parallel.h"
#include "evaluation/survival/concordance.h"
#include "learning/feature_plan.h"
#include "learning/survival/cox_fit.h"
#include "learning/survival/hazard_learners.h"
#include "models/widen.h"

namespace quoin {
namespace {

template <class Value>
std::vector<Value> taken(std::span<const Value> values, std::span<const std::size_t> rows) {
    std::vector<Value> some;
    for (auto i : rows) some.push_back(values[i]);
    return some;
}

Result<Regressor> fit_member(const HazardData& data, const DeclaredMember& member, std::span<const std::size_t> rows) {
    TRY(learner, find_hazard_learner(member.family));
    TRY(parameters, with_defaults(*learner, member.parameters));
    auto columns = columns_for(data.encoder, learner->columns_of);
    Matrix features(rows.size(), columns.columns.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < columns.columns.size(); ++j) features(i, j) = data.encoded(rows[i], columns.columns[j]);
    auto times = taken(data.times, rows);
    auto events = taken(data.events, rows);
    TRY(fitted, learner->fit({columns.uses, features, times, events, std::move(parameters), data.declaration.seed}));
    std::vector<std::string> names;
    for (const auto& feature : data.encoder.features()) names.push_back(feature.name);
    return widen(fitted, columns.columns, names);
}

/// What each member says of rows it has not seen (rows × members), and each as fitted on all rows.
struct Members {
    Matrix out_of_fold;
    std::vector<Regressor> whole;
};

Result<Members> fit_members(const HazardData& data, Progress& progress) {
    const auto& declared = data.declaration.members;
    std::vector<std::size_t> all(data.times.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    std::size_t fits = data.folds.size() + 1;
    std::vector<Result<Regressor>> fitted(declared.size() * fits, fail(ErrorKind::internal, "not run"));
    progress.phase("hazards", fitted.size());
    parallel_for(fitted.size(), [&](std::size_t job) {
        auto fold = job % fits;
        fitted[job] = fit_member(data, declared[job / fits],
                                 fold < data.folds.size() ? std::span<const std::size_t>(data.folds[fold].train) : all);
        progress.step();
    });
    Members members{Matrix(all.size(), declared.size(), NAN), {}};
    for (std::size_t m = 0; m < declared.size(); ++m)
        for (std::size_t fold = 0; fold < fits; ++fold) {
            TRY(one, std::move(fitted[m * fits + fold]));
            if (fold == data.folds.size()) {
                members.whole.push_back(std::move(one));
                continue;
            }
            for (auto i : data.folds[fold].test) members.out_of_fold(i, m) = one.predict(data.encoded.row(i));
        }
    return members;
}

/// One Cox fit on the chosen members' out-of-fold log hazards.
struct Stacked {
    std::vector<double> weights;  ///< one per member
    BaselineHazard baseline;
};

Result<Stacked> stack(const HazardData& data, const Members& members, std::span<const std::size_t> rows) {
    std::vector<std::size_t> chosen(members.whole.size());
    std::iota(chosen.begin(), chosen.end(), std::size_t{0});
    auto times = taken(data.times, rows);
    auto events = taken(data.events, rows);
    for (;;) {
        bool none = chosen.empty();
        Matrix covariates(rows.size(), none ? 1 : chosen.size());
        for (std::size_t i = 0; i < rows.size() && !none; ++i)
            for (std::size_t k = 0; k < chosen.size(); ++k) covariates(i, k) = members.out_of_fold(rows[i], chosen[k]);
        TRY(fit, fit_cox({.covariates = covariates, .times = {.stops = times, .events = events}}, {.ties = TieRule::breslow}));
        auto least = std::ranges::min_element(fit.coefficients, {}, &CoxCoefficient::value);
        if (!none && least->value <= 0) {
            chosen.erase(chosen.begin() + (least - fit.coefficients.begin()));
            continue;
        }
        Stacked stacked{std::vector<double>(members.whole.size(), 0.0), fit.model.parts().baselines.front()};
        for (std::size_t k = 0; k < chosen.size(); ++k) stacked.weights[chosen[k]] = fit.coefficients[k].value;
        // The fit is centred at the means; the ensemble is not.
        std::vector<double> origin(covariates.columns(), 0.0);
        double scale = std::exp(fit.model.parts().log_hazard.predict(origin));
        for (double& cumulative : stacked.baseline.cumulative) cumulative *= scale;
        return stacked;
    }
}

MemberReport report_of(const HazardData& data, const Members& members, std::span<const std::size_t> rows, std::size_t m) {
    const auto& declared = data.declaration.members[m];
    std::vector<double> risks;
    for (auto i : rows) risks.push_back(members.out_of_fold(i, m));
    auto times = taken(data.times, rows);
    auto events = taken(data.events, rows);
    auto agreement = concordance({.stops = times, .events = events}, risks);
    MemberReport report{.name = declared.name, .family = declared.family, .loss = agreement ? 1 - agreement->index() : 0.5};
    report.parameters = with_defaults(**find_hazard_learner(declared.family), declared.parameters).value_or(declared.parameters);
    report.summary = "log hazard, " + members.whole[m].kind_name();
    return report;
}

std::vector<std::size_t> predicted_rows(const Matrix& out_of_fold) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < out_of_fold.rows(); ++i)
        if (!std::isnan(out_of_fold(i, 0))) rows.push_back(i);
    return rows;
}

}  // namespace

Result<FittedHazard> fit_hazard(const HazardData& data, Progress& progress) {
    TRY(members, fit_members(data, progress));
    auto rows = predicted_rows(members.out_of_fold);
    TRY(stacked, stack(data, members, rows));
    FittedHazard hazard{.baseline = std::move(stacked.baseline), .scores = std::vector<double>(data.times.size(), NAN)};
    for (auto i : rows) {
        hazard.scores[i] = 0;
        for (std::size_t m = 0; m < stacked.weights.size(); ++m) hazard.scores[i] += stacked.weights[m] * members.out_of_fold(i, m);
    }
    for (std::size_t m = 0; m < stacked.weights.size(); ++m) {
        auto& report = hazard.reports.emplace_back(report_of(data, members, rows, m));
        report.weight = stacked.weights[m];
        bool last = m + 1 == stacked.weights.size() && hazard.log_hazard.members.empty();
        if (stacked.weights[m] > 0 || last)
            hazard.log_hazard.members.push_back({data.declaration.members[m].family, stacked.weights[m], std::move(members.whole[m])});
    }
    return hazard;
}

Status train_time_to_event(const HazardData& data, const SurvivalLabels& labels, TrainOutcome& outcome, Progress& progress) {
    const auto& declared = data.declaration.event;
    auto ended_by = [&](std::uint8_t cause) {
        std::vector<std::uint8_t> events;
        for (auto one : labels.outcomes) events.push_back(one == cause ? 1 : 0);
        return events;
    };
    auto fitted = [&](std::uint8_t cause) {
        auto events = ended_by(cause);
        return fit_hazard({data.encoder, data.encoded, labels.times, events, data.folds, data.declaration}, progress);
    };
    auto& model = outcome.model;
    TRY(event, fitted(1));
    auto& times = model.time_to_event.emplace();
    times.event = declared.happened, times.horizon = declared.horizon, times.grid = declared.grid;
    times.baseline = std::move(event.baseline);
    model.ensemble = std::move(event.log_hazard);
    outcome.members = std::move(event.reports);
    std::vector<double> competing_scores(labels.times.size(), 0);
    if (!declared.competing.empty()) {
        TRY(competing, fitted(2));
        competing_scores = std::move(competing.scores);
        times.competing = {declared.competing, std::move(competing.log_hazard), std::move(competing.baseline)};
        for (auto& report : competing.reports) {
            report.name = declared.competing + " " + report.name;
            outcome.members.push_back(std::move(report));
        }
    }
    TRY_VOID(check(times));
    auto& held_out = outcome.out_of_fold;
    held_out.scores = std::move(event.scores);
    held_out.difficulties.assign(held_out.scores.size(), 1.0);
    held_out.values.assign(held_out.scores.size(), NAN);
    held_out.medians = held_out.values;
    held_out.incidence = Matrix(held_out.scores.size(), times.grid.size(), NAN);
    std::vector<double> seen;
    for (std::size_t i = 0; i < held_out.scores.size(); ++i) {
        if (std::isnan(held_out.scores[i])) continue;
        auto incidence = times.incidence(held_out.scores[i], competing_scores[i]);
        held_out.values[i] = incidence.expected();
        held_out.medians[i] = incidence.quantile(0.5);
        for (std::size_t k = 0; k < times.grid.size(); ++k) held_out.incidence(i, k) = incidence.event_at(times.grid[k]);
        seen.push_back(held_out.scores[i]);
    }
    model.typical = std::accumulate(seen.begin(), seen.end(), 0.0) / static_cast<double>(seen.size());
    std::ranges::sort(seen);
    for (std::size_t k = 1; k < 10; ++k) model.training_deciles.push_back(seen[seen.size() * k / 10]);
    return {};
}

}  // namespace quoin
