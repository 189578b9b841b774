#include "serving/schemas.h"

#include <boost/json.hpp>

#include "base/result.h"
#include "prediction/query.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr const char* features_schema = R"({"type": ["object", "null"], "description": "Feature names and values; null is a missing value.",
    "additionalProperties": {"type": ["number", "string", "boolean", "null"]}})";

json::object count_schema(std::size_t count_max, const char* description) {
    return {{"type", "integer"}, {"minimum", 0}, {"maximum", count_max}, {"default", 5}, {"description", description}};
}

/// The limits stand where the reader of the query has them, so that document and behaviour cannot differ.
json::object query_schema() {
    auto id = json::object{{"type", "string"},
                           {"minLength", 1},
                           {"maxLength", limits::entity_id_bytes},
                           {"description", "The caller's own name of the property, looked up among those the model knows."}};
    auto word = json::object{{"type", "string"}, {"minLength", 1}, {"maxLength", 64}};
    auto features = json::parse(features_schema).as_object();
    features["maxProperties"] = limits::features_per_query;
    auto what_if = features;
    what_if["description"] = "The same home with these features changed; without it the product's own renovation scenarios.";
    json::object level{{"type", "number"}, {"exclusiveMinimum", 0}, {"exclusiveMaximum", 1}};
    json::object levels{{"type", "array"}, {"minItems", 1},          {"maxItems", limits::levels_per_query},
                        {"items", level},  {"default", {0.8, 0.95}}, {"description", "Coverage of the intervals wanted."}};
    json::object date{{"type", {"string", "null"}}, {"description", "Valuation date, RFC 3339; now when left out."}};
    return {{"type", "object"},
            {"additionalProperties", false},
            {"anyOf", {{{"required", {"entity_id"}}}, {{"required", {"features"}}}}},
            {"properties",
             {{"entity_id", id},
              {"entity_type", word},
              {"prediction_type", word},
              {"features", features},
              {"as_of_date", date},
              {"confidence_levels", levels},
              {"drivers", count_schema(limits::drivers_per_query, "How many reasons; 0: none are computed.")},
              {"comparables", count_schema(limits::comparables_per_query, "How many comparable sales; 0: none.")},
              {"what_if", what_if}}},
            {"examples", json::array{{{"entity_id", "prop_123"}, {"entity_type", "PROPERTY"}, {"prediction_type", "PROPERTY_VALUE"}}}}};
}

constexpr const char* other_schemas = R"({
"OutcomeReceipt": {"type": "object", "required": ["outcome_id", "duplicate", "counted_in_experiments"], "properties": {
    "outcome_id": {"type": "string"}, "duplicate": {"type": "boolean"}, "prediction_id": {"type": ["string", "null"]},
    "product": {"type": "string"}, "entity_id": {"type": ["string", "null"]}, "model_version": {"type": ["string", "null"]},
    "loss": {"type": ["number", "null"]}, "loss_name": {"type": ["string", "null"]},
    "counted_in_experiments": {"type": "integer", "description": "Now; where absence counts, outcomes are counted at the horizon's end."}}},
"PropertyQuestion": {"type": "object", "required": ["property_id"], "additionalProperties": false, "properties": {
    "property_id": {"type": "string", "minLength": 1, "maxLength": 256},
    "market_id": {"type": ["string", "null"], "description": "Left out, as the other facts: what the feature store knows."},
    "property_type": {"type": ["string", "null"]},
    "current_noi": {"type": ["number", "null"], "exclusiveMinimum": 0, "description": "Net operating income, USD a year."},
    "current_caprate": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 0.5,
      "description": "What it is offered at, a fraction."},
    "confidence_level": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1, "default": 0.8},
    "include_explanations": {"type": "boolean", "default": true}}},
"PropertyPrice": {"type": "object",
  "required": ["property_id", "prediction_timestamp", "model_version", "implied_caprate", "caprate_confidence_lower",
               "caprate_confidence_upper", "noi_growth_12m", "arbitrage_score", "arbitrage_percentile", "prediction_latency_ms",
               "data_freshness_score", "model_confidence"],
  "properties": {
    "property_id": {"type": "string"},
    "prediction_timestamp": {"type": "string", "format": "date-time"},
    "prediction_id": {"type": "string", "description": "Names the record of the cap rate: GET /v1/predictions/{id}."},
    "noi_prediction_id": {"type": "string", "description": "Names the record of the income growth."},
    "model_version": {"type": "string"}, "noi_model_version": {"type": "string"},
    "implied_caprate": {"type": "number"}, "caprate_confidence_lower": {"type": "number"}, "caprate_confidence_upper": {"type": "number"},
    "confidence_level": {"type": "number"}, "current_caprate": {"type": "number"},
    "noi_growth_12m": {"type": "number"}, "noi_growth_interval": {"type": "object"},
    "expected_value_gain_12m": {"type": "number", "description": "(1 + growth) · current / implied − 1."},
    "arbitrage_score": {"type": "number", "minimum": 0, "maximum": 100, "description": "Probability of a gain, in percent."},
    "arbitrage_percentile": {"type": "number", "minimum": 0, "maximum": 100},
    "key_drivers": {"type": "array", "items": {"type": "string"}},
    "shap_values": {"type": "object", "additionalProperties": {"type": "number"}},
    "reasons": {"type": "array", "items": {"type": "string"}},
    "prediction_latency_ms": {"type": "number"},
    "data_freshness_score": {"type": "number", "minimum": 0, "maximum": 1}, "data_observed_at": {"type": "string"},
    "model_confidence": {"type": "number", "minimum": 0, "maximum": 1},
    "notes": {"type": "array", "items": {"type": "string"}}}},
"Prediction": {"type": "object",
  "required": ["prediction_id", "entity_id", "prediction_type", "predicted_value", "confidence", "top_features", "prediction_date",
               "model_version", "latency_ms"],
  "properties": {
    "prediction_id": {"type": "string", "description": "Names the record: GET /v1/predictions/{id}."},
    "entity_id": {"type": ["string", "null"]},
    "entity_type": {"type": "string"},
    "prediction_type": {"type": "string"},
    "predicted_value": {"type": ["number", "null"], "description": "Dollars, or a probability."},
    "predicted_class": {"type": "string", "description": "Where the value stands among all, in a word; a class; or a day and an hour."},
    "confidence": {"type": "number", "minimum": 0, "maximum": 1,
      "description": "Of a value: 1 - forecast_standard_deviation; of a class: its probability; of a time: that none is better."},
    "time_to_event": {"$ref": "#/components/schemas/TimeToEvent"},
    "class_probabilities": {"type": "object", "description": "Of a model of classes: most probable first; they sum to 1.",
      "additionalProperties": {"type": ["number", "null"]}},
    "day": {"type": "string", "description": "Contact timing: day of the week."},
    "hour": {"type": "integer", "minimum": 0, "maximum": 23, "description": "Contact timing: from this hour on, where the user is."},
    "expected_share": {"type": ["number", "null"], "description": "Part of the user's actions expected in that hour of the week."},
    "day_share": {"type": ["number", "null"], "description": "Part of the user's actions expected on that day."},
    "hour_share": {"type": ["number", "null"], "description": "Part of the user's actions expected at that hour."},
    "crowd_share": {"type": ["number", "null"], "description": "Part of everybody's actions in that hour of the week."},
    "actions_known": {"type": ["number", "null"], "description": "The user's own actions that the answer rests on."},
    "alternatives": {"type": "array", "description": "On other days, best first.", "items": {"type": "object", "required": ["day", "hour"],
      "properties": {"day": {"type": "string"}, "hour": {"type": "integer"}, "expected_share": {"type": ["number", "null"]}}}},
    "confidence_score": {"type": "number", "minimum": 0, "maximum": 100},
    "forecast_standard_deviation": {"type": ["number", "null"], "description": "Half the 68.27 % interval relative to the value."},
    "intervals": {"type": "object", "description": "By level of coverage, such as 0.95.", "additionalProperties": {"type": "object",
      "required": ["lower", "upper"], "properties": {"lower": {"type": ["number", "null"]}, "upper": {"type": ["number", "null"]}}}},
    "quantiles": {"type": "array", "description": "Of a model with quantiles, ascending; bound: conformal.", "items": {"type": "object",
      "required": ["level", "predicted", "bound"], "properties": {"level": {"type": "number"}, "predicted": {"type": ["number", "null"]},
      "bound": {"type": ["number", "null"]}}}},
    "typical_value": {"type": ["number", "null"], "description": "What the amounts of the reasons start from."},
    "top_features": {"type": "array", "items": {"$ref": "#/components/schemas/Driver"}},
    "comparables": {"type": "array", "items": {"$ref": "#/components/schemas/Comparable"}},
    "what_if": {"type": "array", "items": {"type": "object", "required": ["name", "value", "change"], "properties": {
      "name": {"type": "string"}, "value": {"type": ["number", "null"]}, "change": {"type": ["number", "null"]}}}},
    "notes": {"type": "array", "items": {"type": "string"}, "description": "What a careful reader should know."},
    "as_of_date": {"type": "string", "format": "date-time"},
    "data_from": {"type": ["string", "null"], "format": "date-time"},
    "data_to": {"type": ["string", "null"], "format": "date-time"},
    "model_name": {"type": "string"},
    "model_version": {"type": "string"},
    "model_artifact": {"type": "string", "description": "SHA-256 of the trained model."},
    "prediction_date": {"type": "string", "format": "date-time"},
    "latency_ms": {"type": "number", "minimum": 0}}},
"Driver": {"type": "object", "required": ["feature_name", "contribution", "value"],
  "description": "How far one feature moved the answer away from the typical one.",
  "properties": {
    "feature_name": {"type": "string"},
    "view": {"type": "string", "description": "Of the catalog, where the feature is one of its."},
    "label": {"type": "string", "description": "The feature in words."},
    "value": {"type": ["number", "string", "null"]},
    "contribution": {"type": ["number", "null"], "description": "On the model's scale: exact SHAP value."},
    "hazard_ratio": {"type": "number", "description": "Of a model of times: what the input multiplies the hazard by."},
    "amount": {"type": ["number", "null"], "description": "In the answer's unit; amounts add up to value - typical_value."},
    "reason": {"type": "string"}}},
"Counterfactual": {"type": "object", "required": ["changes", "value", "change"],
  "description": "The same entity after changes of inputs that somebody can move.",
  "properties": {
    "changes": {"type": "array", "items": {"type": "object", "required": ["feature_name", "from", "to"], "properties": {
      "feature_name": {"type": "string"}, "view": {"type": "string"}, "label": {"type": "string"},
      "from": {"type": ["number", "string", "null"]}, "to": {"type": ["number", "string", "null"]}}}},
    "value": {"type": ["number", "null"], "description": "What the model then answers."},
    "change": {"type": ["number", "null"], "description": "Against the answer as it is."}}},
"TimeToEvent": {"type": "object", "required": ["event", "unit", "horizon", "probability_within_horizon", "quantiles", "distribution"],
  "description": "When something happens, if it does.",
  "properties": {
    "event": {"type": "string"}, "competing_event": {"type": ["string", "null"], "description": "What rules the event out."},
    "unit": {"type": "string"}, "horizon": {"type": "number"},
    "probability_within_horizon": {"type": "number", "minimum": 0, "maximum": 1},
    "quantiles": {"type": "object", "description": "By share of the events within the horizon: the time by which it has happened.",
      "additionalProperties": {"type": ["number", "null"]}},
    "distribution": {"type": "array", "items": {"type": "object", "required": ["time", "event", "competing"], "properties": {
      "time": {"type": "number"}, "event": {"type": "number", "description": "Probability that it has happened by then."},
      "competing": {"type": "number", "description": "Probability that it has been ruled out by then."}}}},
    "accelerations": {"type": "array", "description": "What would hasten it: one movable input each, best first.",
      "items": {"$ref": "#/components/schemas/Counterfactual"}}}},
"Comparable": {"type": "object", "description": "A past sale that the model sees as similar.",
  "properties": {
    "id": {"type": "string"},
    "price": {"type": ["number", "null"]},
    "sold_at": {"type": ["string", "null"], "format": "date-time"},
    "similarity": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
    "distance_km": {"type": ["number", "null"]},
    "adjusted_price": {"type": ["number", "null"], "description": "The price moved to the subject's features and date."},
    "features": {"type": "object", "additionalProperties": {"type": ["number", "string", "null"]}}}},
"CloudEvent": {"type": "object", "required": ["specversion", "type", "source", "id"], "properties": {
    "specversion": {"const": "1.0"},
    "type": {"type": "string", "minLength": 1, "maxLength": 256, "description": "An event type of the catalog."},
    "source": {"type": "string", "minLength": 1, "maxLength": 1024, "description": "Who reports it, a URI reference."},
    "id": {"type": "string", "minLength": 1, "maxLength": 1024, "description": "Unique within source and tenant."},
    "time": {"type": "string", "description": "When it happened, RFC 3339; now when left out."},
    "subject": {"type": "string"},
    "tenant": {"type": "string", "default": "default"},
    "datacontenttype": {"type": "string", "description": "application/json or another +json; other payloads are refused."},
    "data": {"type": "object", "description": "The payload, as the type declares it."},
    "data_base64": {"type": "string", "description": "The payload as base64 instead of data."}}},
"EventOutcome": {"type": "object", "required": ["outcome"], "properties": {
    "outcome": {"enum": ["stored", "duplicate", "dead_letter"]},
    "sequence": {"type": "integer", "description": "Its place in the log; of a duplicate, that of the event it repeats."},
    "dead_letter": {"type": "integer", "description": "The number of the dead letter."},
    "reason": {"type": "string"}}},
"DeadLetter": {"type": "object", "required": ["sequence", "reason", "received", "attempts", "event"], "properties": {
    "sequence": {"type": "integer"}, "reason": {"type": "string"}, "received": {"type": "string"}, "attempts": {"type": "integer"},
    "event": {"type": "object", "description": "As far as it could be read."}}},
"FailedPrediction": {"type": "object", "required": ["entity_id", "prediction_type", "error"],
  "properties": {
    "entity_id": {"type": ["string", "null"]},
    "prediction_type": {"type": ["string", "null"]},
    "error": {"$ref": "#/components/schemas/Problem"}}},
"PredictionRecord": {"type": "object",
  "required": ["prediction_id", "prediction_date", "model_name", "model_version", "artifact", "query", "answer"],
  "properties": {
    "prediction_id": {"type": "string"},
    "prediction_date": {"type": "string", "format": "date-time"},
    "model_name": {"type": "string"},
    "model_version": {"type": "string"},
    "artifact": {"type": "string", "description": "SHA-256 of the trained model."},
    "query": {"type": "object", "description": "The question with every feature as the model saw it."},
    "answer": {"type": "object", "description": "The answer without id, times and latency."}}},
"ModelHealth": {"type": "object",
  "required": ["model_name", "model_version", "status", "deployed_at", "prediction_count", "avg_latency_ms", "error_rate", "drift_detected",
               "last_prediction_at"],
  "properties": {
    "model_name": {"type": "string"},
    "model_version": {"type": "string"},
    "status": {"enum": ["DEPLOYED", "NOT_DEPLOYED"]},
    "deployed_at": {"type": ["string", "null"], "format": "date-time"},
    "prediction_count": {"type": "integer", "minimum": 0, "description": "Since the server started."},
    "avg_latency_ms": {"type": "number", "minimum": 0},
    "error_rate": {"type": "number", "minimum": 0, "maximum": 1},
    "drift_detected": {"type": "boolean", "description": "The latest predictions are distributed unlike those of training (PSI over 0.2)."},
    "last_prediction_at": {"type": ["string", "null"], "format": "date-time"}}},
"ModelStatus": {"allOf": [{"$ref": "#/components/schemas/ModelHealth"}, {"type": "object",
  "required": ["stage", "registered_at", "gates_passed", "metrics"],
  "properties": {
    "stage": {"type": "string", "description": "None, Staging, Production or Archived."},
    "registered_at": {"type": "string", "format": "date-time"},
    "gates_passed": {"type": "boolean"},
    "metrics": {"type": "object", "additionalProperties": {"type": ["number", "null"]}}}}]},
"Health": {"type": "object", "required": ["status", "version", "timestamp", "uptime_seconds", "checks"],
  "properties": {
    "status": {"enum": ["healthy", "unhealthy"]},
    "version": {"type": "string"},
    "timestamp": {"type": "string", "format": "date-time"},
    "uptime_seconds": {"type": "number"},
    "checks": {"type": "object", "additionalProperties": {"type": "object", "required": ["status", "message"],
      "properties": {"status": {"enum": ["healthy", "unhealthy"]}, "message": {"type": "string"}}}},
    "tiers": {"type": "array", "description": "The shared stores that features are read from, hottest first.", "items": {"type": "object",
      "required": ["name", "kind", "watermark_age_seconds", "failure"], "properties": {"name": {"type": "string"},
      "kind": {"enum": ["redis", "postgresql", "parquet"]}, "watermark_age_seconds": {"type": ["number", "null"]},
      "failure": {"type": ["string", "null"], "description": "Of the last attempt to read."}}}}}},
"Problem": {"type": "object", "description": "What went wrong, in a sentence for the person who can repair it (RFC 9457).",
  "required": ["type", "title", "status", "detail"],
  "properties": {
    "type": {"type": "string"},
    "title": {"type": "string"},
    "status": {"type": "integer"},
    "detail": {"type": "string"},
    "field": {"type": "string", "description": "JSON pointer to the part of the body that it is about."}}}
})";

}  // namespace

const json::object& schemas() {
    static const json::object all = [] {
        auto made = json::parse(other_schemas).as_object();
        made["PredictionQuery"] = query_schema();
        return made;
    }();
    return all;
}

}  // namespace quoin
