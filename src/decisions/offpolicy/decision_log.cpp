#include "decisions/offpolicy/decision_log.h"

#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"
#include "decisions/json_fields.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t id_bytes_max = 200, numbers_max = 100'000, actions_max = 10'000;

Result<Matrix> rows_of(const json::array& array) {
    std::vector<double> values;
    std::size_t columns = 0;
    for (const json::value& entry : array) {
        if (!entry.is_array()) return fail_field(ErrorKind::invalid, "actions", "decision: an entry of \"actions\" is not an array");
        if (&entry == &array.front()) columns = entry.get_array().size();
        if (entry.get_array().size() != columns || columns == 0)
            return fail_field(ErrorKind::invalid, "actions", "decision: the rows of \"actions\" are empty or not alike");
        for (const json::value& number : entry.get_array()) {
            if (!number.is_number() || !std::isfinite(number.to_number<double>()) || values.size() >= numbers_max)
                return fail_field(ErrorKind::invalid, "actions", "decision: \"actions\" has no finite number, or more than {}",
                                  numbers_max);
            values.push_back(number.to_number<double>());
        }
    }
    Matrix rows(array.size(), columns);
    std::copy(values.begin(), values.end(), rows.view().data());
    return rows;
}

Status check(const LoggedDecision& decision) {
    if (decision.id.empty() || decision.id.size() > id_bytes_max)
        return fail_field(ErrorKind::invalid, "id", "the id of a decision has 1 to {} bytes", id_bytes_max);
    if (!(decision.propensity > 0 && decision.propensity <= 1))
        return fail_field(ErrorKind::invalid, "propensity", "decision {}: the propensity {} is not above 0 and at most 1", decision.id,
                          decision.propensity);
    if (!std::isfinite(decision.reward)) return fail_field(ErrorKind::invalid, "reward", "decision {}: no finite reward", decision.id);
    if (decision.action >= actions_max || (decision.actions.rows() > 0 && decision.action >= decision.actions.rows()))
        return fail_field(ErrorKind::invalid, "action", "decision {}: there is no action {}", decision.id, decision.action);
    return {};
}

}  // namespace

std::string decision_line(const LoggedDecision& decision) {
    json::object object{{"id", decision.id}, {"at", to_text(decision.at)}, {"features", json_numbers(decision.features)}};
    if (decision.actions.rows() > 0) {
        json::array rows;
        for (std::size_t a = 0; a < decision.actions.rows(); ++a) rows.push_back(json_numbers(decision.actions.row(a)));
        object["actions"] = std::move(rows);
    }
    object["action"] = decision.action;
    object["propensity"] = decision.propensity;
    object["reward"] = decision.reward + 0.0;
    return json_text(object);
}

Result<LoggedDecision> read_decision_line(std::string_view line) {
    TRY(value, parse_json(line));
    TRY(fields, JsonFields::open(value, "decision", ErrorKind::invalid));
    LoggedDecision decision;
    TRY(id, fields.text("id", id_bytes_max));
    TRY(time, fields.text("at", id_bytes_max));
    TRY(at, parse_time(time));
    TRY(features, fields.numbers("features", numbers_max));
    if (fields.has("actions")) {
        TRY(array, fields.array("actions", actions_max));
        TRY(actions, rows_of(*array));
        decision.actions = std::move(actions);
    }
    TRY(action, fields.whole("action", actions_max));
    TRY(propensity, fields.number("propensity", 0, 1));
    TRY(reward, fields.number("reward", -1e300, 1e300));
    TRY_VOID(fields.finish());
    decision.id = std::move(id);
    decision.at = at;
    decision.features = std::move(features);
    decision.action = action;
    decision.propensity = propensity;
    decision.reward = reward;
    TRY_VOID(check(decision));
    return decision;
}

Status RewardJoin::decided(LoggedDecision decision) {
    TRY_VOID(check(decision));
    if (pending_.size() >= options_.pending_max)
        return fail(ErrorKind::too_large, "{} decisions wait for their rewards already", pending_.size());
    std::string id = decision.id;
    if (!pending_.emplace(std::move(id), std::move(decision)).second)
        return fail_field(ErrorKind::conflict, "id", "a decision with this id waits for its reward already");
    return {};
}

Result<LoggedDecision> RewardJoin::rewarded(std::string_view id, EventTime at, double reward) {
    const auto found = pending_.find(id);
    if (found == pending_.end()) return fail_field(ErrorKind::not_found, "id", "no decision '{}' waits for a reward", id);
    if (!std::isfinite(reward)) return fail_field(ErrorKind::invalid, "reward", "the reward is {}, not a finite number", reward);
    if (at < found->second.at || at > found->second.at + options_.window)
        return fail_field(ErrorKind::conflict, "at", "the reward of '{}' is not of the time from its decision to the end of the window",
                          id);
    LoggedDecision decision = std::move(found->second);
    pending_.erase(found);
    decision.reward = reward;
    return decision;
}

std::vector<LoggedDecision> RewardJoin::expired(EventTime now) {
    std::vector<LoggedDecision> decisions;
    for (auto entry = pending_.begin(); entry != pending_.end();) {
        if (now <= entry->second.at + options_.window) {
            ++entry;
            continue;
        }
        decisions.push_back(std::move(entry->second));
        decisions.back().reward = options_.default_reward;
        entry = pending_.erase(entry);
    }
    return decisions;
}

}  // namespace quoin
