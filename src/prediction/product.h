#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/event_time.h"
#include "base/result.h"
#include "models/trained_model.h"

namespace quoin {

/// What a customer asks for by name, and which model answers it. Adding a product: one line in products() and its endpoint.
struct Product {
    std::string name;             ///< "property_value"
    std::string prediction_type;  ///< "PROPERTY_VALUE"
    std::string entity_type;      ///< "PROPERTY"
    std::string model;            ///< "property_value_model"; of properties, where it is not trained, the only live model

    /// The model that answers among those that are live (any map from names): the product's own, or the only one there is.
    template <class Live>
    std::string model_for(const Live& live) const {
        bool stands_in = live.size() == 1 && !live.contains(model) && entity_type == "PROPERTY";
        return stands_in ? live.begin()->first : model;
    }
    /// When no date is asked for: now, but not more than `days_ahead_max` after the last sale that the model has seen, since an older
    /// market says little about a later one.
    EventTime valuation_time(const TrainedModel& trained, EventTime now) const;
    static constexpr double days_ahead_max = 90;
};

std::span<const Product> products();
/// Error: not_found, naming those that exist.
Result<const Product*> find_product(std::string_view name);
Result<const Product*> find_product_of_type(std::string_view prediction_type);

}  // namespace quoin
