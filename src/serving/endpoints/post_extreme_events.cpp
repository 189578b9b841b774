#include <boost/json.hpp>
#include <cmath>

#include "decisions/json_fields.h"
#include "models/tail/peaks_over_threshold.h"
#include "models/tail/threshold_choice.h"
#include "serving/endpoint.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t values_min = 300, values_max = 100'000, events_max = 1000;
constexpr double number_max = 1e12;
constexpr Probability confidence{0.95};

struct Question {
    std::vector<double> series;
    double risk = 1e-3;
};

Result<Question> question_of(const Request& request) {
    TRY(body, json_body(request));
    TRY(fields, JsonFields::open(body, "body", ErrorKind::invalid));
    fields.place_at("");
    Question question;
    TRY(series, fields.numbers("series", values_max));
    question.series = std::move(series);
    if (fields.has("risk")) {
        TRY(risk, fields.number("risk", 1e-9, 0.1));
        question.risk = risk;
    }
    TRY_VOID(fields.finish());
    if (question.series.size() < values_min)
        return fail_field(ErrorKind::invalid, "/series", "the series has {} values; a tail needs at least {}", question.series.size(),
                          values_min);
    for (double value : question.series)
        if (std::abs(value) > number_max)
            return fail_field(ErrorKind::invalid, "/series", "a value of the series is beyond ±{:g}", number_max);
    return question;
}

json::value interval_json(const PeaksOverThreshold& tail, double risk) {
    auto level = tail.return_level(1 / risk, confidence);
    if (!level) return nullptr;  // the usual theory does not hold for this tail
    return {{"level", confidence.value()}, {"lower", level->profile.lower}, {"upper", level->profile.upper}};
}

Result<json::object> extremes_of(const Question& question) {
    TRY(choice, choose_threshold(question.series));
    double threshold = choice.candidates[choice.chosen].threshold;
    TRY(tail, PeaksOverThreshold::fit(question.series, threshold));
    double share = static_cast<double>(tail.excesses().size()) / static_cast<double>(tail.observations());
    if (question.risk >= share)
        return fail_field(ErrorKind::invalid, "/risk", "the risk {:g} is not in the tail, which has {:.3g} of the values", question.risk,
                          share);
    double level = threshold + tail.law().quantile(question.risk / share);
    json::array events;
    std::size_t count = 0;
    for (std::size_t i = 0; i < question.series.size(); ++i) {
        if (question.series[i] <= level) continue;
        if (++count > events_max) continue;
        events.push_back(
            json::object{{"index", i}, {"value", question.series[i]}, {"exceedance_probability", tail.exceedance(question.series[i])}});
    }
    return json::object{{"model", "EVT-POT"},
                        {"threshold", threshold},
                        {"exceedances", tail.excesses().size()},
                        {"shape", tail.law().shape},
                        {"scale", tail.law().scale},
                        {"risk", question.risk},
                        {"alarm_level", level},
                        {"alarm_level_interval", interval_json(tail, question.risk)},
                        {"expected_events", question.risk * static_cast<double>(question.series.size())},
                        {"events_found", count},
                        {"events", std::move(events)}};
}

Result<Response> post(const Request& request, Service& service) {
    TRY(question, question_of(request));
    return answered_by(service.batches, [question = std::move(question)] {
        auto extremes = extremes_of(question);
        return extremes ? json_response(json::object{{"data", std::move(*extremes)}}) : problem(extremes.error());
    });
}

/// A series whose largest values have a tail, for the documentation and its test.
std::string example() {
    json::array series;
    for (int i = 1; i <= 300; ++i) series.push_back(std::round(-1000 * std::log1p(-std::fmod(0.618034 * i, 1.0))) / 100);
    return json::serialize(json::object{{"series", std::move(series)}, {"risk", 0.005}});
}

}  // namespace

EndpointEntry post_extreme_events() {
    return {
        .method = "POST",
        .path = "/models/extreme-events",
        .tag = "Models",
        .summary = "The level that a series passes with a small probability, and where it did",
        .description =
            "Peaks over threshold: a generalised Pareto law is fitted by maximum likelihood to the values above a threshold that is chosen "
            "by parameter stability. `risk` is the share of values that shall lie above `alarm_level` (default 0.001); the interval is by "
            "profile likelihood, null where the theory does not hold. 300 to 100,000 values; at most 1000 events are listed.",
        .request_schema = R"({"type": "object", "required": ["series"], "additionalProperties": false, "properties": {"series":
            {"type": "array", "minItems": 300, "maxItems": 100000, "items": {"type": "number"}},
            "risk": {"type": "number", "minimum": 1e-9, "maximum": 0.1}}})",
        .request_example = example(),
        .response_schema = R"({"type": "object", "required": ["data"], "properties": {"data": {"type": "object", "required":
            ["threshold", "shape", "scale", "alarm_level", "events"], "properties": {"threshold": {"type": "number"}, "shape": {"type":
            "number"}, "scale": {"type": "number"}, "alarm_level": {"type": "number"}, "events": {"type": "array", "items": {"type":
            "object"}}}}}})",
        .answer = post,
    };
}

}  // namespace quoin
