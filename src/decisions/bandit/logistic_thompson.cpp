#include "decisions/bandit/logistic_thompson.h"

#include <boost/json.hpp>
#include <cmath>

#include "decisions/bandit/gaussian_argmax.h"
#include "decisions/bandit/linear_thompson.h"
#include "decisions/json_fields.h"

namespace quoin {
namespace {

namespace json = boost::json;

double logistic(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

/// The root of c = outcome − logistic(start + c · spread). The right side falls in c, so that there is exactly one, between −1 and 1.
double step_to_maximum(double start, double spread, double outcome) {
    double lower = -1, upper = 1, c = 0;
    for (int i = 0; i < 100; ++i) {
        const double p = logistic(start + c * spread), excess = c - outcome + p;
        (excess > 0 ? upper : lower) = c;
        double next = c - excess / (1 + p * (1 - p) * spread);
        if (!(next > lower && next < upper)) next = 0.5 * (lower + upper);
        if (std::abs(next - c) <= 1e-15) return next;
        c = next;
    }
    return c;
}

}  // namespace

void LogisticPosterior::learn(std::span<const double> x, double outcome) {
    const std::vector<double> direction = precision_.solve(x);
    const double spread = dot(direction, x), step = step_to_maximum(mean(x), spread, outcome);
    for (std::size_t i = 0; i < mean_.size(); ++i) mean_[i] += step * direction[i];
    const double p = logistic(mean(x));
    precision_.add(x, p * (1 - p));
}

std::vector<double> LogisticPosterior::sample(Rng& rng, double scale) const {
    std::vector<double> draw(features());
    for (double& value : draw) value = rng.normal();
    precision_.backward(draw);
    for (std::size_t i = 0; i < draw.size(); ++i) draw[i] = mean_[i] + scale * draw[i];
    return draw;
}

json::object LogisticPosterior::to_json() const { return {{"factor", json_numbers(precision_.values())}, {"mean", json_numbers(mean_)}}; }

Result<LogisticPosterior> LogisticPosterior::from_json(const json::value& value, std::size_t features) {
    TRY(fields, JsonFields::open(value, "logistic posterior", ErrorKind::corrupt));
    TRY(values, fields.numbers("factor", features * (features + 1) / 2));
    TRY(mean, fields.numbers("mean", features));
    TRY_VOID(fields.finish());
    if (mean.size() != features) return fail(ErrorKind::corrupt, "logistic posterior: {} means for {} features", mean.size(), features);
    TRY(precision, CholeskyFactor::restore(features, std::move(values)));
    LogisticPosterior posterior(features, 1);
    posterior.precision_ = std::move(precision);
    posterior.mean_ = std::move(mean);
    return posterior;
}

LogisticThompson::LogisticThompson(const BanditOptions& options)
    : Bandit(options), posteriors_(options.action_features > 0 ? 1 : options.actions,
                                   LogisticPosterior(std::max(options.features, options.action_features), options.ridge)) {}

std::size_t LogisticThompson::weigh(const BanditContext& context, Rng& rng, std::span<double> out) const {
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

void LogisticThompson::update(const BanditContext& context, std::size_t action, double reward) {
    const double outcome = (reward - options().reward_lower) / (options().reward_upper - options().reward_lower);
    if (is_shared()) posteriors_[0].learn(context.actions.row(action), outcome);
    else posteriors_[action].learn(context.features, outcome);
}

json::object LogisticThompson::state() const {
    json::array array;
    for (const LogisticPosterior& posterior : posteriors_) array.push_back(posterior.to_json());
    return {{"posteriors", std::move(array)}};
}

Result<std::unique_ptr<Bandit>> LogisticThompson::restore(const BanditOptions& options, const json::object& state) {
    auto bandit = std::make_unique<LogisticThompson>(options);
    const json::value value(state);
    TRY(fields, JsonFields::open(value, "logistic_thompson", ErrorKind::corrupt));
    TRY(array, fields.array("posteriors", bandit->posteriors_.size()));
    TRY_VOID(fields.finish());
    if (array->size() != bandit->posteriors_.size())
        return fail(ErrorKind::corrupt, "logistic_thompson: {} posteriors instead of {}", array->size(), bandit->posteriors_.size());
    for (std::size_t i = 0; i < array->size(); ++i) {
        TRY(posterior, LogisticPosterior::from_json((*array)[i], bandit->posteriors_[i].features()));
        bandit->posteriors_[i] = std::move(posterior);
    }
    return bandit;
}

}  // namespace quoin
