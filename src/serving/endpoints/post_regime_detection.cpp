#include <boost/json.hpp>

#include "decisions/json_fields.h"
#include "models/detector/series_regimes.h"
#include "serving/endpoint.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t values_min = 20, values_max = 20'000;

Result<std::vector<double>> series_of(const Request& request) {
    TRY(body, json_body(request));
    TRY(fields, JsonFields::open(body, "body", ErrorKind::invalid));
    fields.place_at("");
    TRY(series, fields.numbers("series", values_max));
    TRY_VOID(fields.finish());
    if (series.size() < values_min)
        return fail_field(ErrorKind::invalid, "/series", "the series has {} values; changes need at least {}", series.size(), values_min);
    return series;
}

Response answer(const std::vector<double>& series) {
    auto found = regimes_of(series);
    if (!found) return problem(found.error());
    const auto& regimes = found->regimes;
    json::array changes;
    for (std::size_t i = 1; i < regimes.size(); ++i)
        changes.push_back(json::object{{"index", regimes[i].first}, {"mean_before", regimes[i - 1].mean}, {"mean_after", regimes[i].mean}});
    json::object current{{"start", regimes.back().first}, {"mean", regimes.back().mean}, {"values", series.size() - regimes.back().first}};
    return json_response(json::object{{"data",
                                       {{"model", "BOCPD"},
                                        {"values", series.size()},
                                        {"changes", std::move(changes)},
                                        {"current_regime", std::move(current)},
                                        {"recent_change_probability", found->recent_change}}}});
}

Result<Response> post(const Request& request, Service& service) {
    TRY(series, series_of(request));
    return answered_by(service.batches, [series = std::move(series)] { return answer(series); });
}

}  // namespace

EndpointEntry post_regime_detection() {
    return {
        .method = "POST",
        .path = "/models/regime-detection",
        .tag = "Models",
        .summary = "Where a series changed its level or scale",
        .description = "Bayesian online change-point detection with Student's law over a series of 20 to 20,000 numbers at even steps. "
                       "`index` counts from 0 and is the first value of the new regime; `recent_change_probability` is of a change "
                       "within the last five values.",
        .request_schema = R"({"type": "object", "required": ["series"], "additionalProperties": false, "properties": {"series":
            {"type": "array", "minItems": 20, "maxItems": 20000, "items": {"type": "number"}}}})",
        .request_example = R"({"series": [5, 5.2, 4.9, 5.1, 5, 4.8, 5.1, 5, 5.2, 4.9, 9.1, 9, 8.8, 9.2, 9, 9.1, 8.9, 9, 9.2, 9]})",
        .response_schema = R"({"type": "object", "required": ["data"], "properties": {"data": {"type": "object", "required":
            ["changes", "current_regime", "recent_change_probability"], "properties": {"changes": {"type": "array", "items": {"type":
            "object"}}, "current_regime": {"type": "object"}, "recent_change_probability": {"type": "number"}}}}})",
        .answer = post,
    };
}

}  // namespace quoin
