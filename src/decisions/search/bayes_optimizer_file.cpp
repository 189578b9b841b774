#include <array>
#include <boost/json.hpp>

#include "decisions/json_fields.h"
#include "decisions/sealed_text.h"
#include "decisions/search/bayes_optimizer.h"

namespace quoin {
namespace {

namespace json = boost::json;
using State = SearchTrial::State;

constexpr std::string_view format = "quoin.bayes-optimizer";
constexpr std::array<std::string_view, 3> states{"pending", "done", "failed"};
constexpr std::array<std::string_view, 3> acquisitions{"expected_improvement", "confidence_bound", "thompson"};
constexpr std::size_t name_bytes_max = 64, trials_max = 100'000, constraints_max = 20;
constexpr double anything = 1e300;

/// The place of `name` in a list of names.
Result<std::size_t> place_in(std::span<const std::string_view> names, std::string_view name) {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name) return i;
    return fail(ErrorKind::corrupt, "optimizer: '{}' is not known", name);
}

json::object options_json(const BayesOptions& options) {
    return {{"maximize", options.maximize},
            {"constraints", options.constraints},
            {"initial", options.initial},
            {"acquisition", acquisitions[static_cast<std::size_t>(options.acquisition.kind)]},
            {"kappa", options.acquisition.kappa + 0.0},
            {"candidates", options.candidates},
            {"fit_restarts", options.fit_restarts},
            {"seed", options.seed}};
}

Result<BayesOptions> options_from(const json::value& value) {
    TRY(fields, JsonFields::open(value, "optimizer options", ErrorKind::corrupt));
    BayesOptions options;
    TRY(maximize, fields.flag("maximize"));
    TRY(acquisition, fields.text("acquisition", name_bytes_max));
    TRY(kind, place_in(acquisitions, acquisition));
    TRY(kappa, fields.number("kappa", 0, anything));
    TRY(seed, fields.whole("seed", ~std::uint64_t{0}));
    options.maximize = maximize;
    options.acquisition = {static_cast<Acquisition>(kind), kappa};
    options.seed = seed;
    for (auto [name, target] : {std::pair{"constraints", &options.constraints},
                                {"initial", &options.initial},
                                {"candidates", &options.candidates},
                                {"fit_restarts", &options.fit_restarts}}) {
        TRY(number, fields.whole(name, 1u << 20));
        *target = number;
    }
    TRY_VOID(fields.finish());
    return options;
}

}  // namespace

json::object to_json(const SearchTrial& trial) {
    json::object object{{"id", trial.id}, {"point", to_json(trial.point)}, {"state", states[static_cast<std::size_t>(trial.state)]}};
    if (trial.state == State::done) {
        object["value"] = trial.outcome.value + 0.0;
        if (!trial.outcome.constraints.empty()) object["constraints"] = json_numbers(trial.outcome.constraints);
    }
    return object;
}

Result<SearchTrial> search_trial_from_json(const json::value& value) {
    TRY(fields, JsonFields::open(value, "trial", ErrorKind::corrupt));
    SearchTrial trial{};
    TRY(id, fields.whole("id", ~std::uint64_t{0}));
    TRY(point_value, fields.any("point"));
    TRY(point, search_point_from_json(*point_value));
    TRY(name, fields.text("state", name_bytes_max));
    TRY(state, place_in(states, name));
    trial.id = id;
    trial.point = std::move(point);
    trial.state = static_cast<State>(state);
    if (trial.state == State::done) {
        TRY(outcome, fields.number("value", -anything, anything));
        trial.outcome.value = outcome;
        if (fields.has("constraints")) {
            TRY(constraints, fields.numbers("constraints", constraints_max));
            trial.outcome.constraints = std::move(constraints);
        }
    }
    TRY_VOID(fields.finish());
    return trial;
}

std::string BayesOptimizer::save() const {
    json::array trials;
    for (const SearchTrial& trial : trials_) trials.push_back(to_json(trial));
    return seal(format, {{"space", to_json(space_)}, {"options", options_json(options_)}, {"trials", std::move(trials)}});
}

Result<BayesOptimizer> BayesOptimizer::load(std::string_view text) {
    TRY(object, unseal(format, text));
    const json::value value(std::move(object));
    TRY(fields, JsonFields::open(value, "optimizer", ErrorKind::corrupt));
    TRY(space_value, fields.any("space"));
    TRY(options_value, fields.any("options"));
    TRY(trials, fields.array("trials", trials_max));
    TRY_VOID(fields.finish());
    TRY(options, options_from(*options_value));
    auto space = search_space_from_json(*space_value);
    if (!space) return fail(ErrorKind::corrupt, "optimizer: {}", space.error().message);
    auto optimizer = make(std::move(*space), options);
    if (!optimizer) return fail(ErrorKind::corrupt, "optimizer: {}", optimizer.error().message);
    for (const json::value& entry : *trials) {
        TRY(trial, search_trial_from_json(entry));
        if (trial.id != optimizer->trials_.size()) return fail(ErrorKind::corrupt, "optimizer: the trials are not in order");
        if (auto taken = optimizer->replay(trial); !taken) return fail(ErrorKind::corrupt, "optimizer: {}", taken.error().message);
    }
    return optimizer;
}

}  // namespace quoin
