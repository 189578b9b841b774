#include <boost/json.hpp>

#include "serving/endpoint.h"
#include "serving/json_body.h"
#include "serving/property_json.h"

namespace quoin {
namespace {

Result<Response> post(const Request& request, Service& service) {
    TRY(body, json_body(request));
    TRY(question, parse_property(body));
    TRY(price, service.pricing.price(question));
    return Response{.body = property_text(question, price, service)};
}

}  // namespace

EndpointEntry post_property() {
    return {
        .method = "POST",
        .path = "/v1/predict/property",
        .tag = "Predictions",
        .summary = "Cap rate, income growth and arbitrage score of a commercial property",
        .description =
            "The cap rate that the market would agree to, with a conformal interval calibrated per property type, the growth of net "
            "operating income over twelve months, and the probability (0 to 100) that the property gains in value over them when it is "
            "bought at `current_caprate`. What is left out is what the feature store knows of `property_id`. Rates are fractions: 0.065 "
            "is 6.5 %; money is USD a year. `shap_values` are exact and in the unit of the cap rate.",
        .request_schema = R"({"$ref": "#/components/schemas/PropertyQuestion"})",
        .request_example = R"({"property_id": "prop_123", "market_id": "atlanta_msa", "current_noi": 2500000, "current_caprate": 0.065,
            "property_type": "multifamily"})",
        .response_schema = R"({"$ref": "#/components/schemas/PropertyPrice"})",
        .answer = post,
        .reads_features = true,
    };
}

}  // namespace quoin
