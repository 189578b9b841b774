#include "serving/outcome_json.h"

#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"

namespace quoin {
namespace {

namespace json = boost::json;

Result<std::string> text_of(const json::value& value, const std::string& field, std::size_t bytes_max) {
    const auto* text = value.if_string();
    if (text == nullptr || text->empty() || text->size() > bytes_max)
        return fail_field(ErrorKind::invalid, field, "a text of 1 to {} bytes is expected", bytes_max);
    return std::string(*text);
}

Result<FeatureValue> actual_of(const json::value& value, const std::string& field) {
    if (value.is_string()) {
        TRY(text, text_of(value, field, limits::feature_text_bytes));
        return FeatureValue(text);
    }
    if (value.is_bool()) return FeatureValue(value.get_bool() ? 1.0 : 0.0);
    if (value.is_number() && std::isfinite(value.to_number<double>())) return FeatureValue(value.to_number<double>());
    return fail_field(ErrorKind::invalid, field, "what happened is a number, true or false, or the name of a class");
}

Status read_member(std::string_view name, const json::value& value, const std::string& field, OutcomeReport& report) {
    if (name == "actual_value") {
        TRY(actual, actual_of(value, field));
        report.actual = actual;
    } else if (name == "occurred_at") {
        TRY(text, text_of(value, field, 64));
        auto time = parse_time(text);
        if (!time) return fail_field(ErrorKind::invalid, field, "{}", time.error().message);
        report.occurred = *time;
    } else {
        auto* target = name == "outcome_id"      ? &report.id
                       : name == "prediction_id" ? &report.prediction_id
                       : name == "product"       ? &report.product
                       : name == "entity_id"     ? &report.entity
                                                 : nullptr;
        if (target == nullptr)
            return fail_field(ErrorKind::invalid, field,
                              "'{}' is unknown; actual_value, occurred_at, outcome_id, prediction_id, product and entity_id are known",
                              name.substr(0, 60));
        TRY(text, text_of(value, field, name == "entity_id" ? limits::entity_id_bytes : limits::outcome_id_bytes));
        *target = text;
    }
    return {};
}

}  // namespace

Result<OutcomeReport> parse_outcome(const json::value& body, const std::string& where, std::string prediction_id) {
    const auto* object = body.if_object();
    if (object == nullptr) return fail_field(ErrorKind::invalid, where, "an outcome is an object with 'actual_value'");
    OutcomeReport report;
    report.prediction_id = prediction_id;
    for (const auto& [key, value] : *object) {
        std::string_view name = key;
        bool named_twice = !prediction_id.empty() && (name == "prediction_id" || name == "product" || name == "entity_id");
        if (named_twice)
            return fail_field(ErrorKind::invalid, fmt::format("{}/{}", where, name), "the path names the prediction; '{}' is not given",
                              name);
        TRY_VOID(read_member(name, value, fmt::format("{}/{}", where, name), report));
    }
    if (std::holds_alternative<std::nullptr_t>(report.actual))
        return fail_field(ErrorKind::invalid, where + "/actual_value", "'actual_value' is missing: what happened");
    bool by_entity = !report.product.empty() && !report.entity.empty();
    if (report.prediction_id.empty() ? !by_entity : prediction_id.empty() && (!report.product.empty() || !report.entity.empty()))
        return fail_field(ErrorKind::invalid, where, "an outcome names its 'prediction_id', or 'product' and 'entity_id'");
    return report;
}

json::object to_json(const OutcomeReceipt& receipt) {
    auto text_or_null = [](const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); };
    return {{"outcome_id", receipt.id},
            {"duplicate", receipt.duplicate},
            {"prediction_id", text_or_null(receipt.prediction_id)},
            {"product", receipt.product},
            {"entity_id", text_or_null(receipt.entity)},
            {"model_version", text_or_null(receipt.model_version)},
            {"loss", receipt.loss ? json::value(*receipt.loss) : json::value(nullptr)},
            {"loss_name", text_or_null(receipt.loss_name)},
            {"counted_in_experiments", receipt.counted}};
}

}  // namespace quoin
