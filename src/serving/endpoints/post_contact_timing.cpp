#include "serving/product_endpoint.h"

namespace quoin {

EndpointEntry post_contact_timing() {
    return product_endpoint({
        .path = "/v1/predict/contact-timing",
        .summary = "Best day and hour to contact a user",
        .description =
            "The hour of the week in which the largest part of a user's actions is expected: the user's own days and hours, drawn towards "
            "everybody's the less is known of them. The interval is of that part; a user without a history gets the crowd's answer and a "
            "note.",
        .example = R"({"entity_id": "user_123", "entity_type": "USER", "prediction_type": "CONTACT_TIMING"})",
    });
}

}  // namespace quoin
