#include "decisions/bandit/ridge_posterior.h"

#include <boost/json.hpp>

#include "decisions/json_fields.h"

namespace quoin {

namespace json = boost::json;

RidgePosterior::RidgePosterior(std::size_t features, double ridge)
    : precision_(features, ridge), moment_(features, 0.0), coefficients_(features, 0.0) {}

RidgePosterior::RidgePosterior(CholeskyFactor precision, std::vector<double> moment)
    : precision_(std::move(precision)), moment_(std::move(moment)), coefficients_(precision_.solve(moment_)) {}

void RidgePosterior::learn(std::span<const double> x, double reward) {
    precision_.add(x);
    for (std::size_t i = 0; i < x.size(); ++i) moment_[i] += reward * x[i];
    coefficients_ = precision_.solve(moment_);
}

std::vector<double> RidgePosterior::sample(Rng& rng, double scale) const {
    std::vector<double> draw(features());
    for (double& value : draw) value = rng.normal();
    precision_.backward(draw);
    for (std::size_t i = 0; i < draw.size(); ++i) draw[i] = coefficients_[i] + scale * draw[i];
    return draw;
}

json::object RidgePosterior::to_json() const { return {{"factor", json_numbers(precision_.values())}, {"moment", json_numbers(moment_)}}; }

Result<RidgePosterior> RidgePosterior::from_json(const json::value& value, std::size_t features) {
    TRY(fields, JsonFields::open(value, "linear posterior", ErrorKind::corrupt));
    TRY(values, fields.numbers("factor", features * (features + 1) / 2));
    TRY(moment, fields.numbers("moment", features));
    TRY_VOID(fields.finish());
    if (moment.size() != features) return fail(ErrorKind::corrupt, "linear posterior: {} moments for {} features", moment.size(), features);
    TRY(precision, CholeskyFactor::restore(features, std::move(values)));
    return RidgePosterior(std::move(precision), std::move(moment));
}

Result<std::vector<RidgePosterior>> ridge_posteriors_from_json(const json::array& array, std::size_t count, std::size_t features) {
    if (array.size() != count) return fail(ErrorKind::corrupt, "{} linear posteriors instead of {}", array.size(), count);
    std::vector<RidgePosterior> posteriors;
    for (const json::value& entry : array) {
        TRY(posterior, RidgePosterior::from_json(entry, features));
        posteriors.push_back(std::move(posterior));
    }
    return posteriors;
}

json::array to_json(std::span<const RidgePosterior> posteriors) {
    json::array array;
    for (const RidgePosterior& posterior : posteriors) array.push_back(posterior.to_json());
    return array;
}

}  // namespace quoin
