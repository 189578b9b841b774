#include "serving/product_endpoint.h"

namespace quoin {

EndpointEntry post_lead_time_to_close() {
    return product_endpoint({
        .path = "/v1/predict/lead-time-to-close",
        .summary = "When an open lead closes",
        .description = "Days until an open lead closes, if it does within the model's horizon. `time_to_event` has the probability that it "
                       "does, quantiles, the distribution by day beside that of being lost, and what would hasten the closing; "
                       "`top_features` are the risk factors: exact SHAP values of the log hazard, with the ratio that each multiplies the "
                       "hazard by.",
        .example = R"({"entity_id": "lead_abc123", "entity_type": "LEAD", "prediction_type": "LEAD_TIME_TO_CLOSE"})",
    });
}

}  // namespace quoin
