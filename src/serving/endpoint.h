#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "serving/http/message.h"
#include "serving/service.h"

namespace quoin {

/// One route: one file in endpoints/ and one line in endpoints.list. The OpenAPI document is generated from these entries.
struct EndpointEntry {
    std::string method;  ///< "POST"
    std::string path;    ///< "/v1/models/{name}/health"
    std::string tag;     ///< group in the documentation
    std::string summary;
    std::string description;      ///< Markdown
    std::string request_schema;   ///< JSON Schema text, which may refer to schemas() as #/components/schemas/<name>; empty: no body
    std::string request_example;  ///< JSON text; executed by a test against the demo's market
    std::string response_schema;  ///< JSON Schema text of the 200 body; empty: not JSON
    std::string response_type = "application/json";
    Result<Response> (*answer)(const Request&, Service&);
    bool reads_features = false;  ///< off the event loop where that means to wait for shared stores
};

/// All routes, in the order of endpoints.list.
std::span<const EndpointEntry> endpoints();

/// Finds the route (404 unknown path, 405 with Allow for a wrong method), calls it, turns an Error into a problem document, never throws.
Response answer(const Request& request, Service& service);

}  // namespace quoin
