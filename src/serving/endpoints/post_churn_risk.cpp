#include "serving/product_endpoint.h"

namespace quoin {

EndpointEntry post_churn_risk() {
    return product_endpoint({
        .path = "/v1/predict/churn-risk",
        .summary = "Probability that a user leaves",
        .description = "The calibrated probability that a user leaves the platform for good within 30 days, with its band and its reasons, "
                       "from the user's features as of now.",
        .example = R"({"entity_id": "user_123", "entity_type": "USER", "prediction_type": "CHURN_RISK"})",
    });
}

}  // namespace quoin
