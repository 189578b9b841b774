#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"
#include "serving/endpoint.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr const char* stage_view = "lead_progress";
constexpr std::size_t reasons_shown = 5;

Result<EntityId> lead_of(const json::value& body) {
    const auto* object = body.if_object();
    if (object == nullptr) return fail(ErrorKind::invalid, "the body should be an object with 'leadId'");
    for (const auto& member : *object)
        if (member.key() != "leadId")
            return fail_field(ErrorKind::invalid, "/" + std::string(member.key()), "'{}' is unknown; there is only 'leadId'",
                              std::string_view(member.key()));
    const auto* id = object->if_contains("leadId");
    if (id == nullptr || !id->is_string() || id->get_string().empty() || id->get_string().size() > limits::entity_id_bytes)
        return fail_field(ErrorKind::invalid, "/leadId", "'leadId' should be a text of 1 to {} bytes", limits::entity_id_bytes);
    return EntityId{std::string(id->get_string())};
}

/// Where the lead stands now; empty: nothing is known of it.
Result<std::string> stage_of(const EntityId& lead, Service& service) {
    std::string stage;
    auto reader = service.feature_reader();
    if (!reader) return stage;  // the model answers from its own rows
    FeatureReader::Question question{stage_view, "default", lead.value()};
    TRY_VOID((*reader)->read({&question, 1}, [&](std::size_t, const FeatureAnswer& answer, const AnswerOrigin&) -> Status {
        auto slot = answer.is_known ? answer.view->slot("lead_stage") : std::nullopt;
        if (!slot) return {};
        auto value = answer.value(*slot);
        if (value.is_text()) stage = value.text();
        return {};
    }));
    return stage;
}

Result<Prediction> ask(Predictor& predictor, const char* product, const EntityId& lead, std::size_t drivers) {
    PredictionQuery query;
    query.entity = lead;
    query.drivers = drivers;
    query.comparables = 0;
    auto prediction = predictor.predict(product, query);
    if (!prediction && prediction.error().kind == ErrorKind::not_found && prediction.error().field == "/entity_id")
        return fail_field(ErrorKind::not_found, "/leadId", "no lead has the id '{}'", lead.value());
    return prediction;
}

double rounded(double value, double step) { return std::round(value / step) * step; }
json::array texts(const std::vector<std::string>& all) { return json::array(all.begin(), all.end()); }

/// What the model of the time says; all null with a note where it does not answer.
void add_time_to_close(const Result<Prediction>& time, json::object& data, json::array& notes) {
    data["estimatedTimeToClose"] = nullptr;
    data["timeToCloseInterval"] = nullptr;
    data["timeToClosePredictionId"] = nullptr;
    if (!time) {
        notes.emplace_back("no estimate of the time to close: " + time.error().message);
        return;
    }
    data["estimatedTimeToClose"] = rounded(time->value * 10, 1) / 10;
    data["timeToClosePredictionId"] = time->id;
    if (time->intervals.empty()) return;
    const auto& interval = time->intervals.front();
    data["timeToCloseInterval"] = json::object{
        {"level", interval.level}, {"lower", rounded(interval.lower * 10, 1) / 10}, {"upper", rounded(interval.upper * 10, 1) / 10}};
}

/// What the product makes of the probability.
void add_policy(const ScorePolicy& policy, const Prediction& answer, const std::string& stage, json::object& data) {
    double score = answer.percentile;
    bool is_over = stage == "closed" || stage == "lost";
    json::object factors;
    for (const auto& [name, share] : policy.shares(answer.drivers)) factors[name] = rounded(share * 1e6, 1) / 1e6;
    std::vector<std::string> reasons;
    for (const auto& driver : answer.drivers)
        if (reasons.size() < reasons_shown) reasons.push_back(driver.sentence);
    data["score"] = rounded(score * 10, 1) / 10;
    data["confidence"] = rounded(score_confidence(answer) * 1e4, 1) / 1e4;
    data["factors"] = std::move(factors);
    data["recommendation"] = is_over ? "no-action" : policy.recommendation(score);
    data["recommendedActions"] = is_over ? json::array() : texts(policy.actions_for(score, answer.drivers));
    data["reasons"] = texts(reasons);
    data["predictedConversion"] = rounded(answer.value * 1e6, 1) / 1e6;
}

Result<Response> post(const Request& request, Service& service) {
    TRY(body, json_body(request));
    TRY(lead, lead_of(body));
    TRY(product, service.predictor.products().find("lead_score"));
    TRY(answer, ask(service.predictor, "lead_score", lead, limits::drivers_per_query));
    TRY(stage, stage_of(lead, service));
    json::object data{{"leadId", lead.value()}};
    add_policy(product->score, answer, stage, data);
    json::array notes = texts(answer.notes);
    if (stage == "closed" || stage == "lost") notes.emplace_back("the lead is " + stage + "; the model has learned from open leads only");
    add_time_to_close(ask(service.predictor, "lead_time_to_close", lead, 0), data, notes);
    data["stage"] = stage.empty() ? json::value(nullptr) : json::value(stage);
    data["notes"] = std::move(notes);
    data["predictionId"] = answer.id;
    data["modelName"] = answer.model;
    data["modelVersion"] = answer.model_version;
    data["computedAt"] = to_text(answer.asked_at);
    return json_response(json::object{{"success", true}, {"data", std::move(data)}});
}

}  // namespace

EndpointEntry post_score_lead() {
    return {
        .method = "POST",
        .path = "/api/v1/ml/score-lead",
        .tag = "Predictions",
        .summary = "Score of a lead",
        .description =
            "How likely an open lead is to become a deal within 90 days, from what is known of it now. `predictedConversion` is the "
            "calibrated probability. `score` is its rank: the share, in percent, of the leads in training whose probability was lower. "
            "`confidence` says how far the members of the model agree, times the share of its inputs that are known. `factors` are "
            "shares, which add up to 1, of what moved the probability away from the typical one. `estimatedTimeToClose` is in days, "
            "if the lead closes within 180 days; null with a note where no model of it is in production. Recommendation and actions "
            "follow the thresholds of `catalog/products/lead_score.yaml`. Both answers are recorded under their ids.",
        .request_schema = R"({"type": "object", "required": ["leadId"], "additionalProperties": false, "properties": {
            "leadId": {"type": "string", "minLength": 1, "maxLength": 256}}})",
        .request_example = R"({"leadId": "lead_abc123"})",
        .response_schema = R"({"type": "object", "required": ["success", "data"], "properties": {"success": {"const": true},
            "data": {"type": "object", "required": ["leadId", "score", "confidence", "factors", "recommendation", "predictedConversion",
                "estimatedTimeToClose", "modelVersion", "computedAt"], "properties": {
                "leadId": {"type": "string"},
                "score": {"type": "number", "minimum": 0, "maximum": 100},
                "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                "factors": {"type": "object", "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1}},
                "recommendation": {"type": "string", "examples": ["high-priority", "medium-priority", "low-priority", "no-action"]},
                "recommendedActions": {"type": "array", "items": {"type": "string"}},
                "reasons": {"type": "array", "items": {"type": "string"}, "description": "The strongest, in words."},
                "predictedConversion": {"type": "number", "minimum": 0, "maximum": 1},
                "estimatedTimeToClose": {"type": ["number", "null"], "minimum": 0, "description": "Days."},
                "timeToCloseInterval": {"type": ["object", "null"], "required": ["level", "lower", "upper"], "properties": {
                    "level": {"type": "number"}, "lower": {"type": "number"}, "upper": {"type": "number"}}},
                "stage": {"type": ["string", "null"], "description": "Where the lead stands now."},
                "notes": {"type": "array", "items": {"type": "string"}},
                "predictionId": {"type": "string", "description": "Names the record: GET /v1/predictions/{id}."},
                "timeToClosePredictionId": {"type": ["string", "null"]},
                "modelName": {"type": "string"}, "modelVersion": {"type": "string"},
                "computedAt": {"type": "string", "format": "date-time"}}}}})",
        .answer = post,
        .reads_features = true,
    };
}

}  // namespace quoin
