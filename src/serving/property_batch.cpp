#include "serving/property_batch.h"

#include <boost/json.hpp>

#include "base/json.h"
#include "serving/endpoint.h"
#include "serving/property_json.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t properties_per_batch_max = 100;

Result<json::array> rows_of(const json::object& body) {
    for (const auto& member : body) {
        if (member.key() == "properties" || member.key() == "include_explanations" || member.key() == "confidence_level") continue;
        return fail_field(ErrorKind::invalid, "/" + std::string(member.key()),
                          "'{}' is unknown; a batch has properties, include_explanations, confidence_level",
                          std::string_view(member.key()));
    }
    const auto* rows = body.at("properties").if_array();
    if (rows == nullptr || rows->empty() || rows->size() > properties_per_batch_max)
        return fail_field(ErrorKind::invalid, "/properties", "'properties' should be a list of 1 to {} properties, not {}",
                          properties_per_batch_max, rows == nullptr ? 0 : rows->size());
    return *rows;
}

/// The row with what the batch says of all.
json::value with_common(const json::value& row, const json::object& body) {
    if (!row.is_object()) return row;
    json::object whole = row.get_object();
    for (const char* key : {"include_explanations", "confidence_level"})
        if (const auto* common = body.if_contains(key); common && !whole.contains(key)) whole[key] = *common;
    return whole;
}

std::string id_text(const json::value& row) {
    const auto* id = row.is_object() ? row.get_object().if_contains("property_id") : nullptr;
    return id != nullptr && id->is_string() ? json_text(*id) : "null";
}

std::string failed_row(const std::string& id, std::size_t place, Error error) {
    if (error.field.empty() || error.field.starts_with('/')) error.field = fmt::format("/properties/{}{}", place, error.field);
    return fmt::format(R"({{"property_id":{},"error":{}}})", id, json_text(problem_object(error)));
}

}  // namespace

Result<PropertyBatch> PropertyBatch::parse(const json::object& body) {
    PropertyBatch batch;
    TRY(rows, rows_of(body));
    TRY_VOID(parse_property(with_common(json::object{{"property_id", "any"}}, body)).map([](auto&&) {}));
    batch.answers_.resize(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        batch.ids_.push_back(id_text(rows[i]));
        auto question = parse_property(with_common(rows[i], body));
        if (!question) {
            batch.answers_[i] = failed_row(batch.ids_[i], i, question.error());
            continue;
        }
        batch.questions_.push_back(std::move(*question));
        batch.places_.push_back(i);
    }
    return batch;
}

std::string PropertyBatch::answer(Service& service) {
    auto prices = service.pricing.price_all(questions_);
    for (std::size_t k = 0; k < prices.size(); ++k) {
        auto i = places_[k];
        answers_[i] = prices[k] ? property_text(questions_[k], *prices[k], service) : failed_row(ids_[i], i, prices[k].error());
    }
    return fmt::format(R"({{"predictions":[{}]}})", fmt::join(answers_, ","));
}

}  // namespace quoin
