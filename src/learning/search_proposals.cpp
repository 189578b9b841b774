#include "learning/search_proposals.h"

#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

bool is_fixed(const HyperParameter& parameter) { return !(parameter.lower < parameter.upper); }

/// A default may lie outside its range; the model sees it on the border.
SearchPoint point_of(const HyperParameters& tried, std::span<const HyperParameter> space) {
    SearchPoint point;
    for (const HyperParameter& one : space)
        if (!is_fixed(one)) point[one.name] = std::clamp(tried.at(one.name), one.lower, one.upper);
    return point;
}

}  // namespace

Result<SearchProposals> SearchProposals::make(std::span<const HyperParameter> space, std::uint64_t seed) {
    std::vector<SearchParameter> parameters;
    for (const HyperParameter& one : space)
        if (!is_fixed(one))
            parameters.push_back({.name = one.name,
                                  .kind = one.integer ? ParameterKind::integer : ParameterKind::real,
                                  .lower = one.lower,
                                  .upper = one.upper,
                                  .logarithmic = one.logarithmic});
    TRY(searched, SearchSpace::make(std::move(parameters)));
    TRY(optimizer, BayesOptimizer::make(std::move(searched), {.initial = 2, .seed = seed}));
    return SearchProposals({space.begin(), space.end()}, std::move(optimizer));
}

Status SearchProposals::tell(std::span<const HyperParameters> tried, std::span<const double> losses) {
    double worst = -INFINITY;
    for (double loss : losses)
        if (std::isfinite(loss)) worst = std::max(worst, loss);
    for (const SearchTrial& trial : optimizer_.trials())
        if (trial.state == SearchTrial::State::done) worst = std::max(worst, trial.outcome.value);
    if (!std::isfinite(worst)) return {};
    for (std::size_t i = 0; i < tried.size(); ++i) {
        TrialOutcome outcome{std::isfinite(losses[i]) ? losses[i] : worst};
        if (i < asked_.size()) TRY_VOID(optimizer_.tell(asked_[i], outcome));
        else TRY_VOID(optimizer_.add(point_of(tried[i], space_), outcome).map([](auto) {}));
    }
    asked_.clear();
    return {};
}

Result<std::vector<HyperParameters>> SearchProposals::ask(std::size_t count) {
    TRY(suggestions, optimizer_.ask(count));
    std::vector<HyperParameters> proposed;
    for (const BayesOptimizer::Suggestion& one : suggestions) {
        asked_.push_back(one.id);
        HyperParameters& parameters = proposed.emplace_back();
        for (const HyperParameter& parameter : space_)
            parameters[parameter.name] = is_fixed(parameter) ? parameter.lower : std::get<double>(one.point.at(parameter.name));
    }
    return proposed;
}

}  // namespace quoin
