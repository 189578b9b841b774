#include "serving/product_endpoint.h"

namespace quoin {

EndpointEntry post_email_engagement() {
    return product_endpoint({
        .path = "/v1/predict/email-engagement",
        .summary = "Probability that a user follows a link in an e-mail",
        .description = "The calibrated probability that a user follows a link in an e-mail within 30 days, with its band and its reasons, "
                       "from the user's "
                       "features as of now.",
        .example = R"({"entity_id": "user_123", "entity_type": "USER", "prediction_type": "EMAIL_ENGAGEMENT"})",
    });
}

}  // namespace quoin
