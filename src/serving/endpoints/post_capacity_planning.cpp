#include <boost/json.hpp>

#include "decisions/json_fields.h"
#include "prediction/capacity_plan.h"
#include "prediction/drivers.h"
#include "prediction/query_row.h"
#include "serving/endpoint.h"
#include "serving/json_body.h"
#include "serving/platform_model.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr double ingest_rate_max = 1e7, milliseconds_max = 3.6e6, events_max = 1000;
constexpr std::size_t time_bytes_max = 64;
constexpr double levels[] = {0.05, 0.5, 0.95, 0.99};

struct Question {
    PredictionQuery query;
    double ingest_rate = 0;
};

Result<Question> question_of(const Request& request, EventTime now) {
    TRY(body, json_body(request));
    TRY(fields, JsonFields::open(body, "body", ErrorKind::invalid));
    fields.place_at("");
    Question question;
    question.query = platform_query(now);
    TRY(ingest_rate, fields.number("ingest_rate", 0, ingest_rate_max));
    TRY(cpu, fields.number("cpu", 0, 1));
    TRY(p99, fields.number("p99", 0, milliseconds_max));
    double events = 0;
    if (fields.has("calendar_events")) {
        TRY(given, fields.number("calendar_events", 0, events_max));
        events = given;
    }
    if (fields.has("at")) {
        TRY(text, fields.text("at", time_bytes_max));
        auto at = parse_time(text);
        if (!at) return fail_field(ErrorKind::invalid, "/at", "{}", at.error().message);
        question.query.as_of = *at;
    }
    TRY_VOID(fields.finish());
    question.ingest_rate = ingest_rate;
    question.query.features = {{"cpu", cpu}, {"p99", p99}, {"calendar_events", events}};
    return question;
}

/// The quantiles of the next hour's busy workers; the label is per 1000 events a second.
Result<BusyWorkers> busy_workers(const Prediction& prediction, double ingest_rate) {
    double busy[4];
    for (std::size_t k = 0; k < 4; ++k) {
        auto place = quantile_place(prediction, levels[k]);
        if (!place)
            return fail(ErrorKind::conflict,
                        "the live capacity_model has no quantile of level {}; declare quantiles: [0.05, 0.5, 0.95, 0.99]", levels[k]);
        busy[k] = prediction.quantiles[*place].bound * ingest_rate / 1000;
    }
    return BusyWorkers{busy[0], busy[1], busy[2], busy[3]};
}

Result<Response> post(const Request& request, Service& service) {
    TRY(question, question_of(request, service.clock.now()));
    TRY(live, platform_model(service, "capacity_model"));
    TRY(prediction, service.predictor.predict("capacity", question.query));
    TRY(busy, busy_workers(prediction, question.ingest_rate));
    const CapacityTarget target;
    TRY(plan, plan_capacity(busy, target));
    TRY(raw, raw_row(live->model(), question.query));
    auto sized_for = *quantile_place(prediction, levels[2]);
    if (sized_for >= live->model().quantiles->levels.size()) return fail(ErrorKind::unavailable, "the model was just replaced; ask again");
    json::object data = platform_data(prediction);
    data["next_hour_workers"] = plan.workers;
    data["queue_capacity"] = plan.queue_capacity;
    data["expected_workers"] = plan.workers_expected;
    data["workers_interval"] = {{"level", rounded_amount(levels[2] - levels[0])}, {"lower", plan.workers_lower}, {"upper", plan.workers}};
    data["busy_workers"] = {{"lower", rounded_amount(busy.lower)},
                            {"expected", rounded_amount(busy.expected)},
                            {"upper", rounded_amount(busy.upper)},
                            {"extreme", rounded_amount(busy.extreme)}};
    data["expected_utilisation"] = rounded_amount(plan.expected_utilisation);
    data["target"] = {{"wait_share", target.wait_share},
                      {"wait_service_times", target.wait_service_times},
                      {"utilisation_max", target.utilisation_max},
                      {"overflow", target.overflow}};
    data["as_of_date"] = to_text(prediction.as_of);
    data["reasons"] = reasons_json(live->model(), explain_quantile(live->model(), sized_for, raw, reasons_max));
    return json_response(json::object{{"data", std::move(data)}});
}

}  // namespace

EndpointEntry post_capacity_planning() {
    return {
        .method = "POST",
        .path = "/models/capacity-planning",
        .tag = "Models",
        .summary = "Workers and queue for the next hour",
        .description =
            "The next hour's work in proportion to this hour's load: the usual growth by trend and season (Prophet's model of the ingest "
            "rate), and by gradient-boosted quantile trees what goes beyond it. `next_hour_workers` are the fewest of an M/M/c queue that "
            "let at most 1 % of events wait longer than one mean service time at the 95 % quantile of demand, and that stay below 98 % "
            "utilisation at the 99 % quantile; there `queue_capacity` overflows with probability 0.001. More load, CPU, latency or "
            "scheduled "
            "events never mean fewer workers. `calendar_events` are those of the next hour; `at` is the present hour, now when left out. "
            "`quantiles` are per 1000 events a second. The answer is recorded under `prediction_id`. 503 without a trained "
            "`capacity_model`.",
        .request_schema = R"({"type": "object", "required": ["ingest_rate", "cpu", "p99"], "additionalProperties": false, "properties":
            {"ingest_rate": {"type": "number", "minimum": 0, "maximum": 1e7, "description": "Events a second."},
            "cpu": {"type": "number", "minimum": 0, "maximum": 1}, "p99": {"type": "number", "minimum": 0, "maximum": 3600000,
            "description": "Milliseconds."}, "calendar_events": {"type": "number", "minimum": 0, "maximum": 1000, "default": 0},
            "at": {"type": "string", "description": "RFC 3339."}}})",
        .request_example = R"({"ingest_rate": 1500, "cpu": 0.72, "p99": 380, "calendar_events": 1})",
        .response_schema = R"({"type": "object", "required": ["data"], "properties": {"data": {"type": "object", "required":
            ["next_hour_workers", "queue_capacity", "workers_interval", "reasons"], "properties": {"next_hour_workers": {"type": "integer",
            "minimum": 1}, "queue_capacity": {"type": "integer", "minimum": 1}, "expected_workers": {"type": "integer"},
            "workers_interval": {"type": "object", "required": ["level", "lower", "upper"]}, "busy_workers": {"type": "object"},
            "expected_utilisation": {"type": "number"}, "reasons": {"type": "array"}}}}})",
        .answer = post,
    };
}

}  // namespace quoin
