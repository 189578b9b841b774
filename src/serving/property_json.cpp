#include "serving/property_json.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "base/json_writer.h"
#include "prediction/wording.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t drivers_named = 5, text_bytes_max = 256;

double rounded(double value, double digits) { return std::round(value * digits) / digits; }

tl::unexpected<Error> wrong(std::string_view key, const char* text) {
    return fail_field(ErrorKind::invalid, "/" + std::string(key), "{} {}", key, text);
}

Status read(const json::object& body, std::string_view key, std::optional<std::string>& out) {
    const auto* value = body.if_contains(key);
    if (value == nullptr || value->is_null()) return {};
    if (!value->is_string() || value->get_string().empty() || value->get_string().size() > text_bytes_max)
        return wrong(key, "should be a text of 1 to 256 bytes");
    out = std::string(value->get_string());
    return {};
}

Status read(const json::object& body, std::string_view key, std::optional<double>& out) {
    const auto* value = body.if_contains(key);
    if (value == nullptr || value->is_null()) return {};
    if (!value->is_number()) return wrong(key, "should be a number");
    out = value->to_number<double>();
    return {};
}

Status read_level(const json::object& body, PropertyQuestion& question) {
    std::optional<double> level;
    TRY_VOID(read(body, "confidence_level", level));
    if (!level) return {};
    TRY(checked, coverage_level(*level));
    question.level = checked;
    return {};
}

Status check_keys(const json::object& body) {
    static constexpr std::array known = {"property_id",   "market_id",        "current_noi",         "current_caprate",
                                         "property_type", "confidence_level", "include_explanations"};
    for (const auto& member : body)
        if (std::ranges::find(known, std::string_view(member.key())) == known.end())
            return fail_field(ErrorKind::invalid, "/" + std::string(member.key()), "'{}' is unknown; a property has {}",
                              std::string_view(member.key()), fmt::join(known, ", "));
    return {};
}

/// The moment that what is known of the property is of; nothing where nobody knows it.
std::optional<EventTime> observed_at(const Prediction& prediction, Service& service) {
    auto live = service.predictor.live_of(PropertyPricing::cap_rate_product);
    if (!live) return std::nullopt;
    std::optional<EventTime> latest;
    auto view = (*live)->model().name + "_inputs";
    if (auto reader = service.feature_reader(); reader && (*reader)->catalog()->find(view)) {
        FeatureReader::Question question{view, "default", prediction.entity_id};
        auto read = (*reader)->read({&question, 1}, [&](std::size_t, const FeatureAnswer& answer, const AnswerOrigin&) -> Status {
            if (answer.is_known) latest = answer.row.event_time;
            return {};
        });
        if (read && latest) return latest;
    }
    if (auto entity = (*live)->reference_entity(prediction.entity_id); entity && !std::isnan(entity->day))
        latest = EventTime{std::llround(entity->day * 86'400e6)};
    return latest;
}

void write_interval(JsonWriter& out, std::string_view name, const LevelInterval& interval) {
    out.key(name).begin_object();
    out.key("lower").number(rounded(interval.lower, 1e6));
    out.key("upper").number(rounded(interval.upper, 1e6));
    out.end_object();
}

void write_reasons(JsonWriter& out, const Prediction& prediction) {
    out.key("key_drivers").begin_array();
    for (std::size_t i = 0; i < std::min(drivers_named, prediction.drivers.size()); ++i) out.text(prediction.drivers[i].label);
    out.end_array();
    out.key("shap_values").begin_object();
    for (const auto& driver : prediction.drivers) out.key(driver.feature).number(rounded(driver.contribution, 1e8));
    out.end_object();
    out.key("reasons").begin_array();
    for (const auto& driver : prediction.drivers) out.text(driver.sentence);
    out.end_array();
}

void write_freshness(JsonWriter& out, const Prediction& prediction, Service& service) {
    auto product = service.predictor.products().find(PropertyPricing::cap_rate_product);
    auto observed = observed_at(prediction, service);
    out.key("data_freshness_score");
    if (!observed || !product) {  // answered from what the caller says, which is of this moment
        out.number(1);
    } else {
        out.number(rounded((*product)->freshness(service.clock.now() - *observed), 1e4));
        out.key("data_observed_at").text(to_text(*observed));
    }
}

}  // namespace

Result<PropertyQuestion> parse_property(const json::value& value) {
    const auto* body = value.if_object();
    if (body == nullptr) return fail(ErrorKind::invalid, "a property should be an object with property_id");
    TRY_VOID(check_keys(*body));
    PropertyQuestion question;
    std::optional<std::string> id;
    TRY_VOID(read(*body, "property_id", id));
    if (!id) return fail_field(ErrorKind::invalid, "/property_id", "property_id is missing");
    question.property_id = std::move(*id);
    TRY_VOID(read(*body, "market_id", question.market_id));
    TRY_VOID(read(*body, "property_type", question.property_type));
    TRY_VOID(read(*body, "current_noi", question.current_noi));
    TRY_VOID(read(*body, "current_caprate", question.current_caprate));
    TRY_VOID(read_level(*body, question));
    if (const auto* explained = body->if_contains("include_explanations")) {
        if (!explained->is_bool()) return wrong("include_explanations", "should be true or false");
        if (!explained->get_bool()) question.drivers = 0;
    }
    return question;
}

std::string property_text(const PropertyQuestion& question, const PropertyPrice& price, Service& service) {
    const auto& [cap_rate, growth] = std::tie(price.cap_rate, price.noi_growth);
    std::string text;
    text.reserve(2048);
    JsonWriter out(text);
    out.begin_object();
    out.key("property_id").text(question.property_id);
    out.key("prediction_timestamp").text(to_text(cap_rate.asked_at));
    out.key("prediction_id").text(cap_rate.id);
    out.key("noi_prediction_id").text(growth.id);
    out.key("model_version").text(fmt::format("{}_{}", cap_rate.model, cap_rate.model_version));
    out.key("noi_model_version").text(fmt::format("{}_{}", growth.model, growth.model_version));
    out.key("implied_caprate").number(rounded(cap_rate.value, 1e6));
    out.key("caprate_confidence_lower").number(rounded(price.cap_rate_interval.lower, 1e6));
    out.key("caprate_confidence_upper").number(rounded(price.cap_rate_interval.upper, 1e6));
    out.key("confidence_level").number(question.level.value());
    out.key("current_caprate").number(price.current_caprate);
    out.key("noi_growth_12m").number(rounded(growth.value, 1e6));
    write_interval(out, "noi_growth_interval", price.noi_growth_interval);
    out.key("expected_value_gain_12m").number(rounded(std::expm1(price.expected_log_gain), 1e6));
    out.key("arbitrage_score").number(rounded(price.arbitrage_score, 1e4));
    out.key("arbitrage_percentile").number(rounded(price.arbitrage_percentile, 1e4));
    if (question.drivers > 0) write_reasons(out, cap_rate);
    out.key("prediction_latency_ms").number(rounded(cap_rate.latency_ms + growth.latency_ms, 1e3));
    write_freshness(out, cap_rate, service);
    out.key("model_confidence").number(rounded(price.model_confidence, 1e4));
    out.key("notes").begin_array();
    for (const auto& note : cap_rate.notes) out.text(note);
    out.end_array();
    out.end_object();
    return text;
}

}  // namespace quoin
