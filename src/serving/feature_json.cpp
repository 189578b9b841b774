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

json::object to_json(const FeatureAnswer& answer, std::string_view id, const AnswerOrigin& origin) {
    json::object values;
    for (std::uint16_t slot = 0; slot < answer.view->features().size(); ++slot)
        values[answer.view->features()[slot].declaration->name] = {{"value", to_json(answer, slot, origin.texts)},
                                                                   {"status", name_of(answer.status(slot))}};
    json::value latest = answer.row.event_time.is_missing() ? json::value(nullptr) : json::value(to_text(answer.row.event_time));
    return {{"view", answer.view->name()},
            {"entity", answer.view->entity()},
            {"entity_id", id},
            {"at", to_text(answer.at)},
            {"tier", origin.tier.empty() ? json::value(nullptr) : json::value(origin.tier)},
            {"event_timestamp", std::move(latest)},
            {"features", std::move(values)}};
}

}  // namespace quoin
