#include "serving/product_endpoint.h"

namespace quoin {

EndpointEntry post_transaction_type() {
    return product_endpoint({
        .path = "/v1/predict/transaction-type",
        .summary = "Kind of a user's next transaction",
        .description = "Which transaction a user would close next, if any: BUY, SELL, REFINANCE or INVESTMENT with a probability each, and "
                       "the reasons of "
                       "the most probable one.",
        .example = R"({"entity_id": "user_123", "entity_type": "USER", "prediction_type": "TRANSACTION_TYPE"})",
    });
}

}  // namespace quoin
