#include <boost/json.hpp>
#include <cmath>

#include "decisions/json_fields.h"
#include "prediction/drivers.h"
#include "prediction/query_row.h"
#include "prediction/tail_advice.h"
#include "serving/endpoint.h"
#include "serving/json_body.h"
#include "serving/platform_model.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr double slo_ms_default = 500, slo_ms_max = 3.6e6, rate_max = 1e9;

struct Question {
    PredictionQuery query;
    double slo_ms = slo_ms_default;
};

Result<Question> question_of(const Request& request, EventTime now) {
    TRY(body, json_body(request));
    TRY(fields, JsonFields::open(body, "body", ErrorKind::invalid));
    fields.place_at("");
    Question question;
    question.query = platform_query(now);
    for (auto [name, upper] : {std::pair{"load", 1.0}, {"infra", 1.0}, {"request_rate", rate_max}, {"error_rate", 1.0}}) {
        TRY(number, fields.number(name, 0, upper));
        question.query.features.emplace_back(name, number);
    }
    if (fields.has("slo_ms")) {
        TRY(slo_ms, fields.number("slo_ms", 1, slo_ms_max));
        question.slo_ms = slo_ms;
    }
    TRY_VOID(fields.finish());
    return question;
}

Result<json::object> data_of(const Prediction& prediction, const TrainedModel& model, const Question& question, std::size_t p99) {
    TRY(raw, raw_row(model, question.query));
    json::object data = platform_data(prediction);
    for (auto [name, level] : {std::pair{"p50_pred", 0.5}, {"p95_pred", 0.95}, {"p99_pred", 0.99}, {"p999_pred", 0.999}})
        if (auto place = quantile_place(prediction, level)) data[name] = rounded_amount(prediction.quantiles[*place].bound);
    auto advice = advise_tail(model, p99, raw, question.slo_ms);
    data["action"] = advice.action;
    data["load_target"] = advice.load_target ? json::value(rounded_amount(*advice.load_target)) : json::value(nullptr);
    data["slo_ms"] = question.slo_ms;
    double share = prediction.quantiles.front().bound > 0 ? exceedance_share(prediction.quantiles, question.slo_ms) : NAN;
    data["share_over_slo"] = std::isfinite(share) ? json::value(share) : json::value(nullptr);
    data["reasons"] = reasons_json(model, explain_quantile(model, p99, raw, reasons_max));
    return data;
}

Result<Response> post(const Request& request, Service& service) {
    TRY(question, question_of(request, service.clock.now()));
    TRY(live, platform_model(service, "tail_latency_model"));
    TRY(prediction, service.predictor.predict("tail_latency", question.query));
    auto p99 = quantile_place(prediction, 0.99);
    if (!p99 || prediction.quantiles.size() < 2 || prediction.quantiles.size() != live->model().quantiles->levels.size())
        return fail(ErrorKind::conflict,
                    "the live tail_latency_model has no quantile of level 0.99; declare quantiles: [0.95, 0.99, 0.999]");
    TRY(data, data_of(prediction, live->model(), question, *p99));
    return json_response(json::object{{"data", std::move(data)}});
}

}  // namespace

EndpointEntry post_tail_slo() {
    return {
        .method = "POST",
        .path = "/models/tail-slo",
        .tag = "Models",
        .summary = "Tail latency under a load, and what to do about it",
        .description =
            "Conditional quantiles of a request's latency by gradient-boosted trees with the pinball loss, never crossing, never falling "
            "with more load, pressure or errors, and conformalised: of new requests like those learned from, at most 1 % pass `p99_pred`. "
            "`quantiles` also has what the trees alone predict. `action` is maintain, watch, scale_out (then `load_target` is the highest "
            "load per node that keeps `slo_ms` at P99, by the model), reduce_errors or shed_load. `share_over_slo` is the share of "
            "requests that pass `slo_ms`, between the quantiles by a Pareto law. The answer is recorded under `prediction_id`. 503 without "
            "a trained `tail_latency_model`.",
        .request_schema = R"({"type": "object", "required": ["load", "infra", "request_rate", "error_rate"], "additionalProperties": false,
            "properties": {"load": {"type": "number", "minimum": 0, "maximum": 1, "description": "Share of time that threads are busy."},
            "infra": {"type": "number", "minimum": 0, "maximum": 1, "description": "Pressure on what lies below."},
            "request_rate": {"type": "number", "minimum": 0, "maximum": 1e9, "description": "Requests a second."},
            "error_rate": {"type": "number", "minimum": 0, "maximum": 1},
            "slo_ms": {"type": "number", "minimum": 1, "maximum": 3600000, "default": 500, "description": "Objective of P99."}}})",
        .request_example = R"({"load": 0.75, "infra": 0.68, "request_rate": 1200, "error_rate": 0.015})",
        .response_schema = R"({"type": "object", "required": ["data"], "properties": {"data": {"type": "object", "required": ["p95_pred",
            "p99_pred", "p999_pred", "action", "slo_ms", "reasons"], "properties": {"p50_pred": {"type": "number"}, "p95_pred": {"type":
            "number"}, "p99_pred": {"type": "number", "description": "Milliseconds."}, "p999_pred": {"type": "number"}, "action": {"enum":
            ["maintain", "watch", "scale_out", "reduce_errors", "shed_load"]}, "load_target": {"type": ["number", "null"]}, "slo_ms":
            {"type": "number"}, "share_over_slo": {"type": ["number", "null"]}, "reasons": {"type": "array"}}}}})",
        .answer = post,
    };
}

}  // namespace quoin
