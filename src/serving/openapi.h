#pragma once

#include <boost/json/fwd.hpp>
#include <span>

#include "serving/endpoint.h"

namespace quoin {

/// The OpenAPI 3.1 document of the entries. Their schemas and examples are our own text: one that does not parse is a bug, found by a test.
boost::json::object openapi_document(std::span<const EndpointEntry> entries);

}  // namespace quoin
