#include <boost/json.hpp>
#include <cmath>

#include "decisions/bandit/bandit.h"
#include "decisions/json_fields.h"
#include "serving/endpoint.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t history_max = 10'000, features_max = 100, actions_max = 100, name_bytes_max = 200;
constexpr double number_max = 1e9;

struct Experience {
    std::vector<double> context;
    std::size_t action;
    double reward;
};

/// What the body asks, with contexts as numbers in the order of `names`.
struct Question {
    std::vector<std::string> names, actions;
    std::vector<double> context;
    std::vector<Experience> history;
    std::string policy = "linear_thompson";
    double reward_lower = 0, reward_upper = 1, exploration_share = 0.05;
    std::uint64_t seed = 1;
};

Result<std::vector<std::string>> names_of(const json::value& context) {
    if (!context.is_object() || context.get_object().empty() || context.get_object().size() > features_max)
        return fail_field(ErrorKind::invalid, "/context", "the context is no object of 1 to {} numbers by name", features_max);
    std::vector<std::string> names;
    for (const auto& field : context.get_object()) names.emplace_back(field.key());
    return names;
}

Result<std::vector<double>> numbers_of(const json::value& context, std::span<const std::string> names, const std::string& field) {
    TRY(fields, JsonFields::open(context, field, ErrorKind::invalid));
    fields.place_at(field);
    std::vector<double> numbers;
    for (const std::string& name : names) {
        TRY(number, fields.number(name, -number_max, number_max));
        numbers.push_back(number);
    }
    TRY_VOID(fields.finish());
    return numbers;
}

Result<std::vector<std::string>> actions_of(JsonFields& fields) {
    if (!fields.has("actions")) return std::vector<std::string>{"conservative", "balanced", "aggressive"};
    TRY(array, fields.array("actions", actions_max));
    std::vector<std::string> actions;
    for (const json::value& entry : *array) {
        if (!entry.is_string() || entry.get_string().empty() || entry.get_string().size() > name_bytes_max ||
            std::ranges::find(actions, std::string(entry.get_string())) != actions.end())
            return fail_field(ErrorKind::invalid, "/actions", "the actions are no different texts of 1 to {} bytes", name_bytes_max);
        actions.emplace_back(entry.get_string());
    }
    return actions;
}

Result<Experience> experience_of(const json::value& value, const Question& question, const std::string& field) {
    TRY(fields, JsonFields::open(value, field, ErrorKind::invalid));
    fields.place_at(field);
    TRY(context, fields.any("context"));
    TRY(numbers, numbers_of(*context, question.names, field + "/context"));
    TRY(action, fields.text("action", name_bytes_max));
    TRY(reward, fields.number("reward", question.reward_lower, question.reward_upper));
    TRY_VOID(fields.finish());
    const auto place = std::ranges::find(question.actions, action);
    if (place == question.actions.end())
        return fail_field(ErrorKind::invalid, field + "/action", "{}: '{}' is none of the actions", field, action);
    return Experience{std::move(numbers), static_cast<std::size_t>(place - question.actions.begin()), reward};
}

Status read_settings(JsonFields& fields, Question& question) {
    if (fields.has("policy")) {
        TRY(policy, fields.text("policy", name_bytes_max));
        question.policy = std::move(policy);
    }
    if (fields.has("reward_range")) {
        TRY(range, fields.numbers("reward_range", 2));
        if (range.size() != 2) return fail_field(ErrorKind::invalid, "/reward_range", "the range of rewards is no pair of numbers");
        question.reward_lower = range[0];
        question.reward_upper = range[1];
    }
    if (fields.has("exploration_share")) {
        TRY(share, fields.number("exploration_share", 0, 1));
        question.exploration_share = share;
    }
    if (fields.has("seed")) {
        TRY(seed, fields.whole("seed", ~std::uint64_t{0}));
        question.seed = seed;
    }
    return {};
}

Result<Question> question_of(const json::value& body) {
    TRY(fields, JsonFields::open(body, "body", ErrorKind::invalid));
    fields.place_at("");
    Question question;
    TRY(context, fields.any("context"));
    TRY(names, names_of(*context));
    TRY(numbers, numbers_of(*context, names, "/context"));
    TRY(actions, actions_of(fields));
    question.names = std::move(names);
    question.context = std::move(numbers);
    question.actions = std::move(actions);
    TRY_VOID(read_settings(fields, question));
    if (fields.has("history")) {
        TRY(array, fields.array("history", history_max));
        for (const json::value& entry : *array) {
            TRY(experience, experience_of(entry, question, fmt::format("/history/{}", question.history.size())));
            question.history.push_back(std::move(experience));
        }
    }
    TRY_VOID(fields.finish());
    return question;
}

/// Standardised by the history, with a constant before: what the bandit sees of a context.
class Scale {
public:
    explicit Scale(const Question& question) : means_(question.names.size(), 0.0), deviations_(question.names.size(), 1.0) {
        const auto rows = static_cast<double>(question.history.size());
        if (rows < 2) {
            means_ = question.history.empty() ? question.context : question.history.front().context;
            return;
        }
        for (std::size_t i = 0; i < means_.size(); ++i) {
            double sum = 0, squares = 0;
            for (const Experience& experience : question.history) sum += experience.context[i];
            means_[i] = sum / rows;
            for (const Experience& experience : question.history) squares += std::pow(experience.context[i] - means_[i], 2);
            if (squares > 0) deviations_[i] = std::sqrt(squares / rows);
        }
    }
    std::vector<double> features(std::span<const double> context) const {
        std::vector<double> features{1};
        // A value far outside of the history counts as ten deviations: linear models say nothing out there.
        for (std::size_t i = 0; i < context.size(); ++i)
            features.push_back(std::clamp((context[i] - means_[i]) / deviations_[i], -10.0, 10.0));
        return features;
    }

private:
    std::vector<double> means_, deviations_;
};

/// Error: invalid, also for a policy that nobody knows: it is a word of the body, not of the path.
Result<std::unique_ptr<Bandit>> bandit_for(const Question& question) {
    auto bandit = make_bandit(question.policy, {.actions = question.actions.size(),
                                                .features = question.names.size() + 1,
                                                .reward_lower = question.reward_lower,
                                                .reward_upper = question.reward_upper,
                                                .exploration_share = question.exploration_share,
                                                .seed = question.seed + question.history.size()});
    if (!bandit && bandit.error().kind == ErrorKind::not_found)
        return fail_field(ErrorKind::invalid, "/policy", "{}", bandit.error().message);
    return bandit;
}

Result<Response> post(const Request& request, Service&) {
    TRY(body, json_body(request));
    TRY(question, question_of(body));
    TRY(bandit, bandit_for(question));
    const Scale scale(question);
    for (const Experience& experience : question.history)
        TRY_VOID(bandit->learn({scale.features(experience.context)}, experience.action, experience.reward));
    const std::vector<double> features = scale.features(question.context);
    TRY(probabilities, bandit->probabilities({features}));
    TRY(decision, bandit->choose({features}));
    json::object shares;
    for (std::size_t a = 0; a < question.actions.size(); ++a) shares[question.actions[a]] = probabilities.probability[a];
    return json_response(json::object{{"data",
                                       {{"action", question.actions[decision.action]},
                                        {"propensity", decision.propensity},
                                        {"probabilities", std::move(shares)},
                                        {"policy", question.policy},
                                        {"learned_from", question.history.size()}}}});
}

}  // namespace

EndpointEntry post_bandit() {
    return {
        .method = "POST",
        .path = "/models/bandit",
        .tag = "Models",
        .summary = "Which action to take in a context",
        .description =
            "A contextual bandit (`linear_thompson`, `logistic_thompson`, `linucb`, `epsilon_greedy` or `ucb1`) learns from the `history` "
            "in "
            "the body, at most 10,000 outcomes of earlier actions, and chooses one of the `actions`. `propensity` is the probability with "
            "which it was chosen: keep it with the decision, so that other policies can be judged by it. The same body gives the same "
            "answer; nothing is stored.",
        .request_schema =
            R"({"type": "object", "required": ["context"], "additionalProperties": false, "properties": {
                "context": {"type": "object", "additionalProperties": {"type": "number"}, "minProperties": 1},
                "actions": {"type": "array", "items": {"type": "string"}, "minItems": 2,
                            "default": ["conservative", "balanced", "aggressive"]},
                "policy": {"enum": ["linear_thompson", "logistic_thompson", "linucb", "epsilon_greedy", "ucb1"]},
                "history": {"type": "array", "items": {"type": "object", "required": ["context", "action", "reward"]}},
                "reward_range": {"type": "array", "items": {"type": "number"}, "default": [0, 1]},
                "exploration_share": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.05},
                "seed": {"type": "integer", "default": 1}}})",
        .request_example = R"({"context": {"load": 0.7, "hour": 14}, "history": [
                               {"context": {"load": 0.6, "hour": 13}, "action": "balanced", "reward": 0.8}]})",
        .response_schema =
            R"({"type": "object", "required": ["data"], "properties": {"data": {"type": "object", "required": ["action", "propensity",
                "probabilities", "policy", "learned_from"], "properties": {"action": {"type": "string"},
                "propensity": {"type": "number"}, "probabilities": {"type": "object"}, "policy": {"type": "string"},
                "learned_from": {"type": "integer"}}}}})",
        .answer = post,
    };
}

}  // namespace quoin
