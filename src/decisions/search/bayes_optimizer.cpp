#include "decisions/search/bayes_optimizer.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "decisions/search/suggestion.h"

namespace quoin {

/// What suggestions are made from.
struct BayesOptimizer::Model {
    Surrogate surrogate;
    SuggestionOptions suggestion;
};

namespace {

constexpr std::size_t asks_max = 100, trials_max = 100'000, constraints_max = 20, candidates_max = 100'000;
constexpr std::size_t best_modelled = 100, latest_modelled = 200, centers_max = 5;
constexpr double value_max = 1e100;

using State = SearchTrial::State;

bool is_feasible(const SearchTrial& trial) {
    return trial.state == State::done && std::ranges::all_of(trial.outcome.constraints, [](double c) { return c <= 0; });
}

/// The positive root of g^(d + 1) = g + 1: its powers make the recurrence of lowest known discrepancy.
double recurrence_base(std::size_t dimensions) {
    double base = 2;
    for (int i = 0; i < 60; ++i) base = std::pow(1 + base, 1 / static_cast<double>(dimensions + 1));
    return base;
}

}  // namespace

BayesOptimizer::BayesOptimizer(SearchSpace space, const BayesOptions& options)
    : space_(std::move(space)), options_(options), fitter_({.restarts = options.fit_restarts, .seed = options.seed}) {}

Result<BayesOptimizer> BayesOptimizer::make(SearchSpace space, const BayesOptions& options) {
    if (options.constraints > constraints_max)
        return fail_field(ErrorKind::invalid, "constraints", "{} constraints are more than {}", options.constraints, constraints_max);
    if (options.candidates < 10 || options.candidates > candidates_max)
        return fail_field(ErrorKind::invalid, "candidates", "{} candidates are not 10 to {}", options.candidates, candidates_max);
    if (options.initial == 1 || options.initial > trials_max)
        return fail_field(ErrorKind::invalid, "initial", "a model needs at least 2 first trials and at most {}, not {}", trials_max,
                          options.initial);
    if (!(options.acquisition.kappa >= 0 && options.acquisition.kappa <= 1e6))
        return fail_field(ErrorKind::invalid, "kappa", "kappa is {}, not from 0 to 1,000,000", options.acquisition.kappa);
    if (options.fit_restarts > 100)
        return fail_field(ErrorKind::invalid, "fit_restarts", "{} restarts are more than 100", options.fit_restarts);
    BayesOptimizer optimizer(std::move(space), options);
    if (options.initial == 0) optimizer.options_.initial = std::min<std::size_t>(2 + 2 * optimizer.space_.parameters().size(), 20);
    return optimizer;
}

Status BayesOptimizer::check(const TrialOutcome& outcome) const {
    if (!(std::abs(outcome.value) <= value_max)) {
        return fail_field(ErrorKind::invalid, "value", "the value is {}; tell a trial that gave no usable number as failed", outcome.value);
    }
    if (outcome.constraints.size() != options_.constraints) {
        return fail_field(ErrorKind::invalid, "constraints", "the outcome has {} constraints instead of {}", outcome.constraints.size(),
                          options_.constraints);
    }
    for (double constraint : outcome.constraints)
        if (!(std::abs(constraint) <= value_max))
            return fail_field(ErrorKind::invalid, "constraints", "a constraint is {}, not a finite number", constraint);
    return {};
}

Result<SearchTrial*> BayesOptimizer::pending(std::uint64_t id) {
    if (id >= trials_.size()) return fail_field(ErrorKind::not_found, "id", "there is no trial {}", id);
    if (trials_[id].state != State::pending) return fail_field(ErrorKind::conflict, "id", "trial {} has been told already", id);
    return &trials_[id];
}

Status BayesOptimizer::tell(std::uint64_t id, const TrialOutcome& outcome) {
    TRY(trial, pending(id));
    TRY_VOID(check(outcome));
    trial->state = State::done;
    trial->outcome = outcome;
    return {};
}

Status BayesOptimizer::tell_failure(std::uint64_t id) {
    TRY(trial, pending(id));
    trial->state = State::failed;
    return {};
}

Result<std::uint64_t> BayesOptimizer::add(const SearchPoint& point, const TrialOutcome& outcome) {
    SearchTrial trial{trials_.size(), point, State::done, outcome};
    TRY_VOID(replay(trial));
    return trial.id;
}

Status BayesOptimizer::replay(const SearchTrial& trial) {
    if (trial.state == State::done) TRY_VOID(check(trial.outcome));
    if (trial.id < trials_.size()) {
        TRY(known, pending(trial.id));
        if (known->point != trial.point) return fail(ErrorKind::invalid, "trial {} is at another point than it was asked for", trial.id);
        *known = trial;
        return {};
    }
    if (trial.id != trials_.size()) return fail(ErrorKind::invalid, "trial {} comes after {} trials", trial.id, trials_.size());
    if (trials_.size() >= trials_max) return fail(ErrorKind::too_large, "a search keeps at most {} trials", trials_max);
    TRY(shares, space_.shares(trial.point));
    trials_.push_back(trial);
    shares_.push_back(std::move(shares));
    return {};
}

bool BayesOptimizer::is_better(const SearchTrial& trial, const SearchTrial& other) const {
    if (is_feasible(trial) != is_feasible(other)) return is_feasible(trial);
    if (trial.state != other.state) return trial.state == State::done;
    return options_.maximize ? trial.outcome.value > other.outcome.value : trial.outcome.value < other.outcome.value;
}

const SearchTrial* BayesOptimizer::best() const {
    const SearchTrial* best = nullptr;
    for (const SearchTrial& trial : trials_)
        if (is_feasible(trial) && (!best || is_better(trial, *best))) best = &trial;
    return best;
}

std::vector<double> BayesOptimizer::initial_shares(std::uint64_t number) const {
    const std::size_t dimensions = space_.parameters().size();
    Rng rng(options_.seed);
    const double base = recurrence_base(dimensions);
    std::vector<double> shares(dimensions);
    for (std::size_t i = 0; i < dimensions; ++i) {
        const double step = std::pow(base, -static_cast<double>(i + 1));
        shares[i] = std::fmod(rng.uniform() + static_cast<double>(number) * step, 1.0);
    }
    return shares;
}

Result<BayesOptimizer::Model> BayesOptimizer::model() {
    std::vector<std::size_t> told, waiting;
    for (std::size_t i = 0; i < trials_.size(); ++i) (trials_[i].state == State::pending ? waiting : told).push_back(i);
    std::vector<std::size_t> order = told;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return is_better(trials_[a], trials_[b]); });
    if (told.size() > best_modelled + latest_modelled) {
        std::vector<bool> is_kept(trials_.size(), false);
        for (std::size_t i = 0; i < best_modelled; ++i) is_kept[order[i]] = true;
        for (std::size_t i = told.size() - latest_modelled; i < told.size(); ++i) is_kept[told[i]] = true;
        std::erase_if(told, [&](std::size_t i) { return !is_kept[i]; });
    }
    TRY(surrogate, fitter_.fit(surrogate_data(told)));
    Model model{std::move(surrogate), {options_.acquisition, options_.candidates, {}}};
    if (waiting.size() > asks_max) waiting.erase(waiting.begin(), waiting.end() - asks_max);
    for (std::size_t i : waiting) TRY_VOID(believe(model.surrogate, space_.inputs(shares_[i])));
    for (std::size_t i = 0; i < std::min(centers_max, order.size()); ++i) model.suggestion.centers.push_back(shares_[order[i]]);
    return model;
}

SurrogateData BayesOptimizer::surrogate_data(std::span<const std::size_t> told) const {
    SurrogateData data{Matrix(told.size(), space_.input_count()), {}, {}};
    data.constraints.resize(options_.constraints);
    const double sign = options_.maximize ? -1 : 1;
    double worst = -value_max;
    std::vector<double> worst_constraints(options_.constraints, 1e-3);
    for (std::size_t i : told) {
        if (trials_[i].state != State::done) continue;
        worst = std::max(worst, sign * trials_[i].outcome.value);
        for (std::size_t c = 0; c < options_.constraints; ++c)
            worst_constraints[c] = std::max(worst_constraints[c], trials_[i].outcome.constraints[c]);
    }
    for (std::size_t row = 0; row < told.size(); ++row) {
        const SearchTrial& trial = trials_[told[row]];
        const bool is_done = trial.state == State::done;
        std::ranges::copy(space_.inputs(shares_[told[row]]), data.inputs.row(row).begin());
        data.values.push_back(is_done ? sign * trial.outcome.value : worst);
        for (std::size_t c = 0; c < options_.constraints; ++c)
            data.constraints[c].push_back(is_done ? trial.outcome.constraints[c] : worst_constraints[c]);
    }
    return data;
}

Result<std::vector<BayesOptimizer::Suggestion>> BayesOptimizer::ask(std::size_t count) {
    if (count == 0 || count > asks_max) return fail_field(ErrorKind::invalid, "count", "asked for {} points, not 1 to {}", count, asks_max);
    if (trials_.size() + count > trials_max) return fail(ErrorKind::too_large, "a search keeps at most {} trials", trials_max);
    const auto done = static_cast<std::size_t>(std::ranges::count(trials_, State::done, &SearchTrial::state));
    std::vector<Suggestion> suggestions;
    std::optional<Model> model;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t id = trials_.size();
        std::vector<double> shares = initial_shares(id);
        if (id >= options_.initial && done >= 2) {
            if (!model) {
                TRY(made, this->model());
                model = std::move(made);
            }
            Rng rng = Rng(options_.seed).split(id + 1);
            shares = suggested_shares(space_, model->surrogate, model->suggestion, rng);
            TRY_VOID(believe(model->surrogate, space_.inputs(shares)));
        }
        SearchTrial trial{id, space_.point(shares)};
        TRY_VOID(replay(trial));
        suggestions.push_back({id, std::move(trial.point)});
    }
    return suggestions;
}

}  // namespace quoin
