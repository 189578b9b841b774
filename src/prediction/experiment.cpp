#include "prediction/experiment.h"

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>

#include "base/digest.h"
#include "base/json.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t steps_max = 20;
constexpr std::uint64_t outcomes_limit = 10'000'000;
constexpr std::array states = {"running", "promoting", "stopping", "promoted", "stopped"};

Status check_steps(const std::vector<double>& steps) {
    if (steps.empty() || steps.size() > steps_max)
        return fail_field(ErrorKind::invalid, "steps", "an experiment has 1 to {} steps", steps_max);
    for (std::size_t i = 0; i < steps.size(); ++i)
        if (!(steps[i] >= 0 && steps[i] < 1) || (i > 0 && steps[i] <= steps[i - 1]))
            return fail_field(
                ErrorKind::invalid, "steps",
                "steps are growing shares from 0 ('shadow') to below 1, such as shadow,0.01,0.05,0.25,0.5: where the challenger "
                "answers everybody there is nothing left to compare it with");
    return {};
}

json::value optional_json(const std::optional<double>& value) { return value ? json::value(*value) : json::value(nullptr); }

}  // namespace

Status ExperimentTerms::check() const {
    TRY_VOID(check_steps(steps));
    if (outcomes_per_step < 1 || outcomes_max < outcomes_per_step || outcomes_max > outcomes_limit)
        return fail_field(ErrorKind::invalid, "outcomes_max", "1 ≤ outcomes-per-step ≤ outcomes-max ≤ {} is expected", outcomes_limit);
    if (!(loss_max > 0 && std::isfinite(loss_max)))
        return fail_field(ErrorKind::invalid, "loss_max", "losses are capped at a number above 0");
    if (!(margin >= 0 && margin < loss_max))
        return fail_field(ErrorKind::invalid, "margin", "the margin is a loss between 0 and {} (loss-max)", loss_max);
    if (!(alpha >= 1e-6 && alpha <= 0.5)) return fail_field(ErrorKind::invalid, "alpha", "alpha lies between 1e-6 and 0.5");
    if (horizon && horizon->value() <= 0) return fail_field(ErrorKind::invalid, "horizon", "the horizon is a time such as 30d");
    if (absent_outcome && (!horizon || !std::isfinite(*absent_outcome)))
        return fail_field(ErrorKind::invalid, "absent_outcome", "what did not happen is known at the end of a horizon; give one");
    if (lateness.value() < 0 || (lateness.value() > 0 && !absent_outcome))
        return fail_field(ErrorKind::invalid, "lateness", "lateness is a time such as 2d, and waits for an absent-outcome");
    if (event && (event->type.empty() || event->entity_field.empty()))
        return fail_field(ErrorKind::invalid, "outcome_event",
                          "an event of outcomes is TYPE:ENTITY_FIELD or TYPE:ENTITY_FIELD:VALUE_FIELD");
    return {};
}

json::object ExperimentTerms::json() const {
    json::object object{{"steps", json::array(steps.begin(), steps.end())},
                        {"outcomes_per_step", outcomes_per_step},
                        {"outcomes_max", outcomes_max},
                        {"loss", name_of(loss)},
                        {"loss_max", loss_max},
                        {"margin", margin},
                        {"alpha", alpha},
                        {"horizon", horizon ? json::value(to_text(*horizon)) : json::value(nullptr)},
                        {"absent_outcome", optional_json(absent_outcome)},
                        {"lateness", to_text(lateness)}};
    if (event)
        object["outcome_event"] = {{"type", event->type}, {"entity_field", event->entity_field}, {"value_field", event->value_field}};
    return object;
}

Result<ExperimentTerms> ExperimentTerms::parse(std::string_view text) {
    TRY(value, parse_json(text));
    try {
        const auto& object = value.as_object();
        ExperimentTerms terms;
        terms.steps.clear();
        for (const auto& step : object.at("steps").as_array()) terms.steps.push_back(step.to_number<double>());
        terms.outcomes_per_step = object.at("outcomes_per_step").to_number<std::uint64_t>();
        terms.outcomes_max = object.at("outcomes_max").to_number<std::uint64_t>();
        TRY(loss, outcome_loss_from(object.at("loss").as_string()));
        terms.loss = loss;
        terms.loss_max = object.at("loss_max").to_number<double>();
        terms.margin = object.at("margin").to_number<double>();
        terms.alpha = object.at("alpha").to_number<double>();
        if (const auto& given = object.at("horizon"); given.is_string()) {
            TRY(horizon, parse_duration(given.as_string()));
            terms.horizon = horizon;
        }
        if (const auto& given = object.at("absent_outcome"); given.is_number()) terms.absent_outcome = given.to_number<double>();
        TRY(lateness, parse_duration(object.at("lateness").as_string()));
        terms.lateness = lateness;
        if (const auto* given = object.if_contains("outcome_event"))
            terms.event = OutcomeEvent{std::string(given->at("type").as_string()), std::string(given->at("entity_field").as_string()),
                                       std::string(given->at("value_field").as_string())};
        TRY_VOID(terms.check());
        return terms;
    } catch (const std::exception& error) {
        return fail(ErrorKind::corrupt, "the terms of an experiment are damaged: {}", error.what());
    }
}

Result<std::vector<double>> steps_from(std::string_view text) {
    std::vector<double> steps;
    for (std::size_t from = 0; from <= text.size();) {
        auto to = std::min(text.find(',', from), text.size());
        auto part = text.substr(from, to - from);
        double share = 0;
        auto [end, code] = std::from_chars(part.data(), part.data() + part.size(), share);
        if (part != "shadow" && (code != std::errc{} || end != part.data() + part.size() || part.empty()))
            return fail_field(ErrorKind::invalid, "steps", "'{}' is no step; steps are 'shadow' and shares such as 0.05",
                              part.substr(0, 40));
        steps.push_back(share);
        from = to + 1;
    }
    TRY_VOID(check_steps(steps));
    return steps;
}

std::string steps_text(const std::vector<double>& steps) {
    std::string text;
    for (double share : steps) text += (text.empty() ? "" : ",") + (share == 0 ? std::string("shadow") : fmt::format("{}", share));
    return text;
}

const char* name_of(ExperimentState state) { return states[static_cast<std::size_t>(state)]; }

std::string shadow_id(std::string_view experiment, std::string_view prediction_id) {
    constexpr std::size_t timed = 5 + 16;  // "pred_", the moment and the version
    auto digest = sha256_hex(fmt::format("shadow {} {}", experiment, prediction_id));
    return fmt::format("{}8{}", prediction_id.substr(0, timed), digest.substr(0, 15));
}

}  // namespace quoin
