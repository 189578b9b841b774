#include "decisions/bandit/linear_thompson.h"

#include <boost/json.hpp>
#include <cmath>

#include "decisions/bandit/gaussian_argmax.h"
#include "decisions/json_fields.h"

namespace quoin {

LinearThompson::LinearThompson(const BanditOptions& options)
    : Bandit(options), posteriors_(options.action_features > 0 ? 1 : options.actions,
                                   RidgePosterior(std::max(options.features, options.action_features), options.ridge)) {}

std::size_t LinearThompson::weigh(const BanditContext& context, Rng& rng, std::span<double> out) const {
    const double scale = options().posterior_scale;
    if (is_shared()) {
        count_wins(
            context.actions, options().draws, [&] { return posteriors_[0].sample(rng, scale); }, out);
        return options().draws;
    }
    std::vector<double> means(out.size()), deviations(out.size());
    for (std::size_t a = 0; a < out.size(); ++a) {
        means[a] = posteriors_[a].mean(context.features);
        deviations[a] = scale * std::sqrt(posteriors_[a].variance(context.features));
    }
    probabilities_of_best(means, deviations, out);
    return 0;
}

void LinearThompson::update(const BanditContext& context, std::size_t action, double reward) {
    if (is_shared()) posteriors_[0].learn(context.actions.row(action), reward);
    else posteriors_[action].learn(context.features, reward);
}

boost::json::object LinearThompson::state() const { return {{"posteriors", to_json(posteriors_)}}; }

Result<std::unique_ptr<Bandit>> LinearThompson::restore(const BanditOptions& options, const boost::json::object& state) {
    auto bandit = std::make_unique<LinearThompson>(options);
    const std::size_t count = bandit->posteriors_.size(), features = bandit->posteriors_.front().features();
    const boost::json::value value(state);
    TRY(fields, JsonFields::open(value, "linear_thompson", ErrorKind::corrupt));
    TRY(array, fields.array("posteriors", count));
    TRY_VOID(fields.finish());
    TRY(posteriors, ridge_posteriors_from_json(*array, count, features));
    bandit->posteriors_ = std::move(posteriors);
    return bandit;
}

}  // namespace quoin
