#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/entity_id.h"
#include "base/event_time.h"
#include "base/json_writer.h"
#include "base/probability.h"
#include "base/result.h"

namespace quoin {

/// A feature value as a caller writes it: missing, number or text (category or time).
using FeatureValue = std::variant<std::nullptr_t, double, std::string>;
using NamedFeatures = std::vector<std::pair<std::string, FeatureValue>>;

/// What somebody asks about one entity. Features given here win over those looked up by the entity's id.
struct PredictionQuery {
    std::optional<EntityId> entity;
    std::string entity_type;      ///< "PROPERTY", …; empty: the product's own
    std::string prediction_type;  ///< "PROPERTY_VALUE", …; empty: the product's own
    NamedFeatures features;
    std::optional<EventTime> as_of;   ///< valuation date; nothing: now (for a model with a time column: the later of now and training end)
    std::vector<Probability> levels;  ///< of the intervals; empty: the product's own, else 80 % and 95 %
    std::size_t drivers = 5;          ///< how many reasons; 0: no explanation is computed
    std::size_t comparables = 5;      ///< 0: none
    NamedFeatures what_if;            ///< renovation: the same home with these features changed; empty: the product's own scenarios
};

namespace limits {
constexpr std::size_t levels_per_query = 16;
constexpr std::size_t features_per_query = 512;
constexpr std::size_t feature_text_bytes = 1024;
constexpr std::size_t entity_id_bytes = 256;
constexpr std::size_t drivers_per_query = 100;
constexpr std::size_t comparables_per_query = 50;
}  // namespace limits

/// Reads a request body {entity_id, entity_type, prediction_type, features, as_of_date, confidence_levels, drivers, comparables, what_if}.
/// Unknown fields, wrong types, neither entity_id nor features: Error invalid with `field` as a JSON pointer.
Result<PredictionQuery> parse_query(const boost::json::value& body);

/// The whole query as JSON text, which reads back as the same query.
std::string query_text(const PredictionQuery& query);
boost::json::value to_json(const FeatureValue& value);
void write_json(const FeatureValue& value, JsonWriter& json);

}  // namespace quoin
