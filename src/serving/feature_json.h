#pragma once

#include <boost/json/fwd.hpp>

#include "features/feature_reader.h"

namespace quoin {

/// A feature's value as JSON: integers and truth values as such, lists as arrays, null unless its status is PRESENT. Lists need an answer
/// that was asked for them.
boost::json::value to_json(const FeatureAnswer& answer, std::uint16_t slot, const TextTable& texts);

/// The answer to a question about the entity `id`: {view, entity, entity_id, at, tier, event_timestamp, features}. It was asked for lists.
boost::json::object to_json(const FeatureAnswer& answer, std::string_view id, const AnswerOrigin& origin);

}  // namespace quoin
