#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/event_time.h"
#include "base/result.h"

namespace quoin {

/// A parsed HTTP request as endpoints see it; views are valid while the request is answered.
struct Request {
    std::string_view method, target;  ///< "POST", "/v1/predict/batch?x=1"
    std::string_view path;            ///< percent-decoded, without query
    std::string_view body;
    std::vector<std::pair<std::string, std::string>> path_parameters;   ///< {name} → value
    std::vector<std::pair<std::string, std::string>> query_parameters;  ///< decoded
    std::vector<std::pair<std::string_view, std::string_view>> headers;

    std::string_view header(std::string_view name) const;           ///< case-insensitive; empty if absent
    std::string_view path_parameter(std::string_view name) const;   ///< empty if absent
    std::string_view query_parameter(std::string_view name) const;  ///< empty if absent
};

struct Response {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string_view route;  ///< path template for telemetry, of static storage; empty: none matched

    /// If set, the answer comes later: it is called once, on the event loop, with the function that takes the answer, and must not block.
    /// That function may be called from any thread, once; an answer that never comes holds its connection for ever. What of the request the
    /// work needs is copied before this returns. The fields above are not looked at, except `route`.
    std::function<void(std::function<void(Response)>)> later = {};
};

/// The value of Error::field that says "the body is not JSON at all", which is 400 where any other invalid input is 422.
inline constexpr const char* whole_body = "body";

/// "Not Found"; "Unknown" for a status that we never send.
std::string_view reason_phrase(int status);

/// The response itself, or the one that comes later, after waiting for it: for a caller with a thread to spare.
Response waited_for(Response response);

/// RFC 9457 problem document: type, title, status, detail, and `field` (JSON pointer) when the error names one. 4xx/5xx by ErrorKind.
Response problem(const Error& error);
Response problem(int status, std::string_view title, std::string_view detail);
/// The same document as a JSON object, for one row of a batch.
boost::json::object problem_object(const Error& error);

}  // namespace quoin
