#pragma once

#include <string>

#include "serving/endpoint.h"

namespace quoin {

/// What differs between the routes of products whose answer has the common shape.
struct ProductRoute {
    std::string path;  ///< "/v1/predict/property-value" is answered by the product property_value
    std::string summary, description, example;
};

/// POST of one question about one entity to one product: parse, predict, render.
EndpointEntry product_endpoint(ProductRoute route);

}  // namespace quoin
