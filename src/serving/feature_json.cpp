#include "serving/feature_json.h"

#include <bit>
#include <boost/json.hpp>

namespace quoin {

namespace json = boost::json;

namespace {

json::value number_json(double number, FeatureType type) {
    if (type == FeatureType::boolean) return number != 0;
    bool is_whole = (type == FeatureType::integer || type == FeatureType::numbers) && std::abs(number) < 9e15 &&
                    number == std::floor(number);
    if (type == FeatureType::integer && is_whole) return static_cast<std::int64_t>(number);
    return number;
}

}  // namespace

json::value to_json(const FeatureAnswer& answer, std::uint16_t slot, const TextTable& texts) {
    FeatureType type = answer.view->features()[slot].declaration->type;
    if (answer.status(slot) != FeatureStatus::present) return nullptr;
    if (is_list(type)) {
        json::array items;
        for (std::uint64_t item : answer.row.lists[slot])
            if (type == FeatureType::texts) items.emplace_back(texts.find(item));
            else items.push_back(number_json(std::bit_cast<double>(item), type));
        return items;
    }
    FieldValue value = answer.value(slot);
    return value.is_text() ? json::value(value.text()) : number_json(value.number(), type);
}

}  // namespace quoin
