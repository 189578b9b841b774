#pragma once

#include <boost/json/fwd.hpp>

#include "base/result.h"
#include "serving/http/message.h"

namespace quoin {

/// The body as JSON, whatever Content-Type says. Error: invalid with field `whole_body` (a 400), too_large.
Result<boost::json::value> json_body(const Request& request);

Response json_response(const boost::json::value& value, int status = 200);

}  // namespace quoin
