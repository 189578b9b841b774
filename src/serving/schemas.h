#pragma once

#include <boost/json/fwd.hpp>

namespace quoin {

/// The JSON Schemas (2020-12) that several endpoints share, by name: #/components/schemas/<name> of the OpenAPI document.
const boost::json::object& schemas();

}  // namespace quoin
