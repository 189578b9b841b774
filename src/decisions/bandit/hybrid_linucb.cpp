#include "decisions/bandit/hybrid_linucb.h"

#include <boost/json.hpp>
#include <cmath>

#include "decisions/json_fields.h"

namespace quoin {

namespace json = boost::json;

HybridLinUcb::HybridLinUcb(const BanditOptions& options)
    : Bandit(options),
      arms_(options.actions, Arm{RidgePosterior(options.features, options.ridge), Matrix(options.features, options.action_features)}),
      shared_(options.action_features, options.ridge), shared_moment_(options.action_features, 0.0),
      shared_coefficients_(options.action_features, 0.0) {}

std::vector<double> HybridLinUcb::rest_of(const Arm& arm, std::span<const double> z, std::span<const double> q) {
    std::vector<double> rest(z.begin(), z.end());
    for (std::size_t i = 0; i < q.size(); ++i) {
        const auto row = arm.cross.row(i);
        for (std::size_t j = 0; j < rest.size(); ++j) rest[j] -= row[j] * q[i];
    }
    return rest;
}

HybridLinUcb::Bound HybridLinUcb::bound(const BanditContext& context, std::size_t action) const {
    const Arm& arm = arms_[action];
    const auto q = arm.own.precision().solve(context.features);
    const auto rest = rest_of(arm, context.actions.row(action), q);
    // zᵀβ + xᵀ A⁻¹ (b − Bβ) = (z − Bᵀq)ᵀ β + xᵀ A⁻¹ b
    const double mean = dot(rest, shared_coefficients_) + arm.own.mean(context.features);
    return {mean, std::sqrt(shared_.inverse_form(rest) + dot(context.features, q))};
}

std::size_t HybridLinUcb::weigh(const BanditContext& context, Rng&, std::span<double> out) const {
    std::vector<double> bounds(arms_.size());
    for (std::size_t a = 0; a < arms_.size(); ++a) {
        const Bound found = bound(context, a);
        bounds[a] = found.mean + options().alpha * found.width;
    }
    share_among_best(bounds, out);
    return 0;
}

void HybridLinUcb::update(const BanditContext& context, std::size_t action, double reward) {
    Arm& arm = arms_[action];
    const auto x = context.features;
    const auto z = context.actions.row(action);
    const auto q = arm.own.precision().solve(x);
    const auto rest = rest_of(arm, z, q);
    const double weight = 1 / (1 + dot(x, q));
    shared_.add(rest, weight);
    const double surprise = weight * (reward - arm.own.mean(x));
    for (std::size_t j = 0; j < rest.size(); ++j) shared_moment_[j] += surprise * rest[j];
    shared_coefficients_ = shared_.solve(shared_moment_);
    arm.own.learn(x, reward);
    for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t j = 0; j < z.size(); ++j) arm.cross(i, j) += x[i] * z[j];
}

json::object HybridLinUcb::state() const {
    json::array arms;
    for (const Arm& arm : arms_) arms.push_back({{"own", arm.own.to_json()}, {"cross", json_numbers(arm.cross.values())}});
    return {{"arms", std::move(arms)}, {"shared_factor", json_numbers(shared_.values())}, {"shared_moment", json_numbers(shared_moment_)}};
}

Result<std::unique_ptr<Bandit>> HybridLinUcb::restore(const BanditOptions& options, const json::object& state) {
    const std::size_t d = options.features, k = options.action_features;
    const json::value value(state);
    TRY(fields, JsonFields::open(value, "hybrid_linucb", ErrorKind::corrupt));
    TRY(array, fields.array("arms", options.actions));
    TRY(factor, fields.numbers("shared_factor", k * (k + 1) / 2));
    TRY(moment, fields.numbers("shared_moment", k));
    TRY_VOID(fields.finish());
    if (array->size() != options.actions || moment.size() != k)
        return fail(ErrorKind::corrupt, "hybrid_linucb: {} arms and {} shared moments", array->size(), moment.size());
    TRY(shared, CholeskyFactor::restore(k, std::move(factor)));
    auto bandit = std::make_unique<HybridLinUcb>(options);
    for (std::size_t a = 0; a < options.actions; ++a) {
        TRY(arm, JsonFields::open((*array)[a], "hybrid_linucb arm", ErrorKind::corrupt));
        TRY(own_value, arm.any("own"));
        TRY(own, RidgePosterior::from_json(*own_value, d));
        TRY(cross, arm.numbers("cross", d * k));
        TRY_VOID(arm.finish());
        if (cross.size() != d * k) return fail(ErrorKind::corrupt, "hybrid_linucb arm: {} cross terms, not {}", cross.size(), d * k);
        bandit->arms_[a].own = std::move(own);
        std::copy(cross.begin(), cross.end(), bandit->arms_[a].cross.view().data());
    }
    bandit->shared_ = std::move(shared);
    bandit->shared_moment_ = std::move(moment);
    bandit->shared_coefficients_ = bandit->shared_.solve(bandit->shared_moment_);
    return bandit;
}

}  // namespace quoin
