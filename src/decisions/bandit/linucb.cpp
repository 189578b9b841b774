#include "decisions/bandit/linucb.h"

#include <boost/json.hpp>
#include <cmath>

#include "decisions/json_fields.h"

namespace quoin {

LinUcb::LinUcb(const BanditOptions& options) : Bandit(options), arms_(options.actions, RidgePosterior(options.features, options.ridge)) {}

std::size_t LinUcb::weigh(const BanditContext& context, Rng&, std::span<double> out) const {
    std::vector<double> bounds(arms_.size());
    for (std::size_t a = 0; a < arms_.size(); ++a)
        bounds[a] = arms_[a].mean(context.features) + options().alpha * std::sqrt(arms_[a].variance(context.features));
    share_among_best(bounds, out);
    return 0;
}

void LinUcb::update(const BanditContext& context, std::size_t action, double reward) { arms_[action].learn(context.features, reward); }

boost::json::object LinUcb::state() const { return {{"arms", to_json(arms_)}}; }

Result<std::unique_ptr<Bandit>> LinUcb::restore(const BanditOptions& options, const boost::json::object& state) {
    const boost::json::value value(state);
    TRY(fields, JsonFields::open(value, "linucb", ErrorKind::corrupt));
    TRY(array, fields.array("arms", options.actions));
    TRY_VOID(fields.finish());
    TRY(arms, ridge_posteriors_from_json(*array, options.actions, options.features));
    auto bandit = std::make_unique<LinUcb>(options);
    bandit->arms_ = std::move(arms);
    return bandit;
}

}  // namespace quoin
