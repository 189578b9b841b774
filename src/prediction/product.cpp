#include "prediction/product.h"

#include <algorithm>
#include <array>

namespace quoin {

EventTime Product::valuation_time(const TrainedModel& trained, EventTime now) const {
    EventTime last{trained.data_to};
    if (last.is_missing()) return now;
    auto latest = EventTime{last.value() + static_cast<std::int64_t>(days_ahead_max * 86'400e6)};
    return std::min(now, latest);
}

std::span<const Product> products() {
    static const std::array all = {Product{"property_value", "PROPERTY_VALUE", "PROPERTY", "property_value_model"},
                                   Product{"tail_latency", "TAIL_LATENCY", "PLATFORM", "tail_latency_model"},
                                   Product{"capacity", "CAPACITY", "PLATFORM", "capacity_model"}};
    return all;
}

Result<const Product*> find_product(std::string_view name) {
    for (const auto& product : products())
        if (product.name == name) return &product;
    return fail(ErrorKind::not_found, "there is no product '{}'", name.substr(0, 80));
}

Result<const Product*> find_product_of_type(std::string_view prediction_type) {
    std::string known;
    for (const auto& product : products()) {
        if (product.prediction_type == prediction_type) return &product;
        known += (known.empty() ? "" : ", ") + product.prediction_type;
    }
    return fail_field(ErrorKind::not_found, "/prediction_type", "prediction type '{}' is not served; known are {}",
                      prediction_type.substr(0, 80), known);
}

}  // namespace quoin
