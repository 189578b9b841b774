#include "decisions/bandit/epsilon_greedy.h"

#include <boost/json.hpp>

#include "decisions/json_fields.h"

namespace quoin {

EpsilonGreedy::EpsilonGreedy(const BanditOptions& options)
    : Bandit(options), arms_(options.actions, RidgePosterior(options.features, options.ridge)) {}

std::size_t EpsilonGreedy::weigh(const BanditContext& context, Rng&, std::span<double> out) const {
    std::vector<double> means(arms_.size());
    for (std::size_t a = 0; a < arms_.size(); ++a) means[a] = arms_[a].mean(context.features);
    share_among_best(means, out);
    const double age = options().epsilon_decay == 0 ? 0 : static_cast<double>(decisions()) / options().epsilon_decay;
    const double share = std::max(options().epsilon_min, options().epsilon / (1 + age));
    for (double& value : out) value = (1 - share) * value + share / static_cast<double>(out.size());
    return 0;
}

void EpsilonGreedy::update(const BanditContext& context, std::size_t action, double reward) {
    arms_[action].learn(context.features, reward);
}

boost::json::object EpsilonGreedy::state() const { return {{"arms", to_json(arms_)}}; }

Result<std::unique_ptr<Bandit>> EpsilonGreedy::restore(const BanditOptions& options, const boost::json::object& state) {
    const boost::json::value value(state);
    TRY(fields, JsonFields::open(value, "epsilon_greedy", ErrorKind::corrupt));
    TRY(array, fields.array("arms", options.actions));
    TRY_VOID(fields.finish());
    TRY(arms, ridge_posteriors_from_json(*array, options.actions, options.features));
    auto bandit = std::make_unique<EpsilonGreedy>(options);
    bandit->arms_ = std::move(arms);
    return bandit;
}

}  // namespace quoin
