#include "prediction/score_policy.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace quoin {
namespace {

double probability_of(double log_odds) { return 1 / (1 + std::exp(-log_odds)); }

Status check_score(const YamlKeys& keys, double score) {
    if (score >= 0 && score <= 100) return {};
    return fail(ErrorKind::invalid, "{}: a score lies between 0 and 100", keys.place("score_from"));
}

Result<ScorePolicy::Recommendation> read_recommendation(const Yaml& node, const std::string& where) {
    ScorePolicy::Recommendation recommendation;
    TRY(keys, YamlKeys::of(node, where));
    TRY_VOID(keys.text("name", recommendation.name, true));
    TRY_VOID(keys.number("score_from", recommendation.score_from));
    TRY_VOID(keys.nothing_else());
    TRY_VOID(check_score(keys, recommendation.score_from));
    return recommendation;
}

Result<ScorePolicy::Action> read_action(const Yaml& node, const std::string& where) {
    ScorePolicy::Action action;
    TRY(keys, YamlKeys::of(node, where));
    TRY_VOID(keys.text("text", action.text, true));
    TRY_VOID(keys.text("input", action.input, true));
    TRY_VOID(keys.number("at_least", action.at_least));
    TRY_VOID(keys.number("at_most", action.at_most));
    TRY_VOID(keys.texts("values", action.values));
    TRY_VOID(keys.number("score_from", action.score_from));
    TRY_VOID(keys.nothing_else());
    TRY_VOID(check_score(keys, action.score_from));
    return action;
}

Result<std::vector<ScorePolicy::Factor>> read_factors(const Yaml& node, const std::string& where) {
    std::vector<ScorePolicy::Factor> factors;
    TRY(keys, YamlKeys::of(node, where));
    for (const auto& entry : node.entries) {
        auto& factor = factors.emplace_back();
        factor.name = entry.key;
        TRY_VOID(keys.texts(entry.key, factor.inputs));
    }
    return factors;
}

bool fits(const ScorePolicy::Action& action, const FeatureValue& value) {
    if (const auto* number = std::get_if<double>(&value)) return *number >= action.at_least && *number <= action.at_most;
    const auto* text = std::get_if<std::string>(&value);
    return text != nullptr && std::ranges::find(action.values, *text) != action.values.end();
}

}  // namespace

Result<ScorePolicy> ScorePolicy::parse(const Yaml& node, const std::string& where) {
    ScorePolicy policy;
    TRY(keys, YamlKeys::of(node, where));
    if (const Yaml* factors = keys.node("factors")) {
        TRY(read, read_factors(*factors, where));
        policy.factors = std::move(read);
    }
    if (const Yaml* recommendations = keys.node("recommendations"))
        for (const Yaml& item : recommendations->items) {
            TRY(recommendation, read_recommendation(item, where));
            policy.recommendations.push_back(std::move(recommendation));
        }
    if (const Yaml* actions = keys.node("actions"))
        for (const Yaml& item : actions->items) {
            TRY(action, read_action(item, where));
            policy.actions.push_back(std::move(action));
        }
    TRY_VOID(keys.nothing_else());
    std::ranges::stable_sort(policy.recommendations, std::greater<>(), &Recommendation::score_from);
    return policy;
}

std::vector<std::pair<std::string, double>> ScorePolicy::shares(const std::vector<Driver>& drivers) const {
    std::vector<std::pair<std::string, double>> shares;
    std::map<std::string, std::size_t> place;
    for (const Factor& factor : factors) {
        for (const auto& input : factor.inputs) place[input] = shares.size();
        shares.emplace_back(factor.name, 0);
    }
    double total = 0, other = 0;
    for (const Driver& driver : drivers) {
        auto found = place.find(driver.feature);
        (found == place.end() ? other : shares[found->second].second) += std::abs(driver.contribution);
        total += std::abs(driver.contribution);
    }
    if (other > 0) shares.emplace_back("other", other);
    if (total > 0)
        for (auto& [name, share] : shares) share /= total;
    return shares;
}

std::string ScorePolicy::recommendation(double score) const {
    for (const auto& one : recommendations)
        if (score >= one.score_from) return one.name;
    return {};
}

std::vector<std::string> ScorePolicy::actions_for(double score, const std::vector<Driver>& drivers) const {
    std::vector<std::string> texts;
    for (const Action& action : actions) {
        auto driver = std::ranges::find(drivers, action.input, &Driver::feature);
        if (score >= action.score_from && driver != drivers.end() && fits(action, driver->value)) texts.push_back(action.text);
    }
    return texts;
}

double percentile_score(const std::vector<double>& deciles, double log_odds) {
    double probability = probability_of(log_odds), lower = 0, score = 0;
    if (deciles.size() != 9) return 100 * probability;
    for (double decile : deciles) {
        double upper = probability_of(decile);
        if (probability < upper) return score + 10 * (probability - lower) / (upper - lower);
        lower = upper, score += 10;
    }
    return lower < 1 ? std::min(100.0, score + 10 * (probability - lower) / (1 - lower)) : 100;
}

double score_confidence(const Prediction& prediction) {
    double known = 0;
    for (const Driver& driver : prediction.drivers) known += !std::holds_alternative<std::nullptr_t>(driver.value);
    double share = prediction.drivers.empty() ? 1 : known / static_cast<double>(prediction.drivers.size());
    return std::clamp(prediction.agreement * share, 0.0, 1.0);
}

}  // namespace quoin
