#include "serving/json_body.h"

#include <boost/json.hpp>

#include "base/json.h"

namespace quoin {

Result<boost::json::value> json_body(const Request& request) {
    if (request.body.empty()) return fail_field(ErrorKind::invalid, whole_body, "the request has no body; it should be a JSON object");
    auto value = parse_json(request.body);
    if (value || value.error().kind != ErrorKind::invalid) return value;
    return fail_field(ErrorKind::invalid, whole_body, "the body is no JSON: {}", value.error().message);
}

Response json_response(const boost::json::value& value, int status) { return {.status = status, .body = json_text(value)}; }

}  // namespace quoin
