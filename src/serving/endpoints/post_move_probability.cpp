#include "serving/product_endpoint.h"

namespace quoin {

EndpointEntry post_move_probability() {
    return product_endpoint({
        .path = "/v1/predict/move-probability",
        .summary = "Probability that a user transacts",
        .description = "The calibrated probability that a user buys, sells, refinances or invests within 30 days, with its band and its "
                       "reasons, from the "
                       "user's features as of now.",
        .example = R"({"entity_id": "user_123", "entity_type": "USER", "prediction_type": "MOVE_PROBABILITY"})",
    });
}

}  // namespace quoin
