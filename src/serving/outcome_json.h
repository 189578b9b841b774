#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "base/result.h"
#include "prediction/outcome_join.h"

namespace quoin {

namespace limits {
constexpr std::size_t outcomes_per_batch = 1000;
constexpr std::size_t outcome_id_bytes = 128;
}  // namespace limits

/// Reads {actual_value, occurred_at, outcome_id} and, unless `prediction_id` names the prediction already, prediction_id or product and
/// entity_id. Error: invalid, with the field as a JSON pointer below `where`.
Result<OutcomeReport> parse_outcome(const boost::json::value& body, const std::string& where, std::string prediction_id = "");
boost::json::object to_json(const OutcomeReceipt& receipt);

}  // namespace quoin
