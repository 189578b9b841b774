#include "serving/product_endpoint.h"

namespace quoin {

EndpointEntry post_lead_risk() {
    return product_endpoint({
        .path = "/v1/predict/lead-risk",
        .summary = "Probability that an open lead is lost",
        .description =
            "The calibrated probability that an open lead is lost within 90 days, with its band and its risk factors: exact SHAP "
            "values in probability. It is not one minus the probability of a deal, since a lead may stay open.",
        .example = R"({"entity_id": "lead_abc123", "entity_type": "LEAD", "prediction_type": "LEAD_RISK"})",
    });
}

}  // namespace quoin
