#pragma once

#include <boost/json/fwd.hpp>

#include "features/online_view.h"

namespace quoin {

/// A feature's value as JSON: integers and truth values as such, lists as arrays, null unless its status is PRESENT. Lists need an answer
/// that was asked for them.
boost::json::value to_json(const FeatureAnswer& answer, std::uint16_t slot, const TextTable& texts);

}  // namespace quoin
