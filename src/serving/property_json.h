#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "base/result.h"
#include "prediction/property_pricing.h"
#include "serving/service.h"

namespace quoin {

/// Reads {property_id, market_id, current_noi, current_caprate, property_type, confidence_level, include_explanations} of document 000.
/// Error: invalid, with `field` as a JSON pointer.
Result<PropertyQuestion> parse_property(const boost::json::value& body);

/// The answer in document 000's shape: cap rate with its interval, growth, arbitrage, drivers, and how fresh what is known is.
std::string property_text(const PropertyQuestion& question, const PropertyPrice& price, Service& service);

}  // namespace quoin
