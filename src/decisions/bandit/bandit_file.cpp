#include <boost/json.hpp>
#include <cmath>

#include "decisions/bandit/bandit.h"
#include "decisions/json_fields.h"
#include "decisions/sealed_text.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::string_view format = "quoin.bandit";
constexpr double anything = 1e300;

Status check_sizes(const BanditKind& kind, const BanditOptions& options) {
    if (options.actions < 2 || options.actions > bandit_limits::actions) {
        return fail_field(ErrorKind::invalid, "actions", "a bandit chooses among 2 to {} actions, not {}", bandit_limits::actions,
                          options.actions);
    }
    const std::size_t wide = std::max(options.features, options.action_features);
    if (wide > bandit_limits::features) {
        return fail_field(ErrorKind::too_large, "features", "{} features are more than {}", wide, bandit_limits::features);
    }
    const std::size_t each = options.features * (options.features + options.action_features + 2);
    if (each * options.actions + options.action_features * options.action_features > bandit_limits::state_numbers) {
        return fail_field(ErrorKind::too_large, "features",
                          "{} actions with {} features keep more than {} numbers; give the actions "
                          "features instead, so that they share one model",
                          options.actions, options.features, bandit_limits::state_numbers);
    }
    const bool is_hybrid = kind.name == "hybrid_linucb";
    const bool has = options.features > 0, has_of_actions = options.action_features > 0;
    if (has_of_actions && !kind.uses_action_features)
        return fail_field(ErrorKind::invalid, "action_features", "{} uses no features of actions", kind.name);
    if (is_hybrid && !(has && has_of_actions))
        return fail_field(ErrorKind::invalid, "features", "{} needs features of the situation and of the actions", kind.name);
    if (!is_hybrid && kind.uses_features && has == has_of_actions) {
        return fail_field(ErrorKind::invalid, "features", "{} needs {}features", kind.name,
                          kind.uses_action_features ? "either features of the situation or of the actions, not both: " : "");
    }
    return {};
}

struct Range {
    std::string_view name;
    double value, lower, upper;
};

Status check_ranges(const BanditOptions& options) {
    for (const Range& range : {Range{"reward_lower", options.reward_lower, -1e6, 1e6},
                               {"reward_upper", options.reward_upper, -1e6, 1e6},
                               {"exploration_share", options.exploration_share, 0, 1},
                               {"ridge", options.ridge, 1e-9, 1e9},
                               {"alpha", options.alpha, 0, 1e6},
                               {"posterior_scale", options.posterior_scale, 0, 1e6},
                               {"draws", static_cast<double>(options.draws), 1, 100'000},
                               {"epsilon", options.epsilon, 0, 1},
                               {"epsilon_decay", options.epsilon_decay, 0, 1e15},
                               {"epsilon_min", options.epsilon_min, 0, 1}}) {
        if (!(range.value >= range.lower && range.value <= range.upper)) {
            return fail_field(ErrorKind::invalid, std::string(range.name), "{} is {}, not from {} to {}", range.name, range.value,
                              range.lower, range.upper);
        }
    }
    if (!(options.reward_lower < options.reward_upper))
        return fail_field(ErrorKind::invalid, "reward_upper", "rewards from {} to {} are no range", options.reward_lower,
                          options.reward_upper);
    return {};
}

/// A negative zero is written as zero, as everywhere in these texts.
json::object options_json(const BanditOptions& options) {
    return {{"actions", options.actions},
            {"features", options.features},
            {"action_features", options.action_features},
            {"reward_lower", options.reward_lower + 0.0},
            {"reward_upper", options.reward_upper + 0.0},
            {"exploration_share", options.exploration_share + 0.0},
            {"seed", options.seed},
            {"ridge", options.ridge + 0.0},
            {"alpha", options.alpha + 0.0},
            {"posterior_scale", options.posterior_scale + 0.0},
            {"draws", options.draws},
            {"epsilon", options.epsilon + 0.0},
            {"epsilon_decay", options.epsilon_decay + 0.0},
            {"epsilon_min", options.epsilon_min + 0.0}};
}

Result<BanditOptions> options_from(const json::value& value) {
    TRY(fields, JsonFields::open(value, "bandit options", ErrorKind::corrupt));
    BanditOptions options;
    for (auto [name, target] : {std::pair{"actions", &options.actions},
                                {"features", &options.features},
                                {"action_features", &options.action_features},
                                {"draws", &options.draws}}) {
        TRY(number, fields.whole(name, 1u << 20));
        *target = number;
    }
    for (auto [name, target] : {std::pair{"reward_lower", &options.reward_lower},
                                {"reward_upper", &options.reward_upper},
                                {"exploration_share", &options.exploration_share},
                                {"ridge", &options.ridge},
                                {"alpha", &options.alpha},
                                {"posterior_scale", &options.posterior_scale},
                                {"epsilon", &options.epsilon},
                                {"epsilon_decay", &options.epsilon_decay},
                                {"epsilon_min", &options.epsilon_min}}) {
        TRY(number, fields.number(name, -anything, anything));
        *target = number;
    }
    TRY(seed, fields.whole("seed", ~std::uint64_t{0}));
    options.seed = seed;
    TRY_VOID(fields.finish());
    return options;
}

Result<const BanditKind*> find_kind(std::string_view name) {
    std::string known;
    for (const BanditKind& kind : bandit_kinds()) {
        if (kind.name == name) return &kind;
        known += (known.empty() ? "" : ", ") + std::string(kind.name);
    }
    return fail_field(ErrorKind::not_found, "kind", "there is no bandit '{}'; there are {}", name, known);
}

}  // namespace

Result<std::unique_ptr<Bandit>> make_bandit(std::string_view name, const BanditOptions& options) {
    TRY(kind, find_kind(name));
    TRY_VOID(check_sizes(*kind, options));
    TRY_VOID(check_ranges(options));
    return kind->make(options);
}

std::string Bandit::save() const {
    return seal(format, {{"kind", kind()}, {"options", options_json(options_)}, {"decisions", decisions_}, {"state", state()}});
}

Result<std::unique_ptr<Bandit>> load_bandit(std::string_view text) {
    TRY(object, unseal(format, text));
    const json::value value(std::move(object));
    TRY(fields, JsonFields::open(value, "bandit", ErrorKind::corrupt));
    TRY(name, fields.text("kind", 64));
    TRY(options_value, fields.any("options"));
    TRY(options, options_from(*options_value));
    TRY(decisions, fields.whole("decisions", ~std::uint64_t{0}));
    TRY(state, fields.any("state"));
    TRY_VOID(fields.finish());
    auto fresh = make_bandit(name, options);
    if (!fresh) return fail(ErrorKind::corrupt, "bandit: {}", fresh.error().message);
    if (!state->is_object()) return fail(ErrorKind::corrupt, "bandit: \"state\" is not an object");
    TRY(kind, find_kind(name));
    TRY(bandit, kind->restore(options, state->get_object()));
    bandit->decisions_ = decisions;
    return std::move(bandit);
}

}  // namespace quoin
