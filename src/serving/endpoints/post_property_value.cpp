#include "serving/product_endpoint.h"

namespace quoin {

EndpointEntry post_property_value() {
    return product_endpoint({
        .path = "/v1/predict/property-value",
        .summary = "Value of a property",
        .description =
            "The market value of one property with its intervals, reasons, comparable sales and renovation scenarios. Name a property "
            "that the model knows by `entity_id`, give its `features`, or both: features given here win over those known.",
        .example = R"({"entity_id": "prop_123", "entity_type": "PROPERTY", "prediction_type": "PROPERTY_VALUE"})",
    });
}

}  // namespace quoin
