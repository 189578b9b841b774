#include <boost/json.hpp>

#include "models/survival/time_to_event.h"

namespace quoin {
namespace {

namespace json = boost::json;

json::object baseline_json(const BaselineHazard& baseline) {
    return {{"times", json::value_from(baseline.times)},
            {"cumulative", json::value_from(baseline.cumulative)},
            {"last_time", baseline.last_time}};
}

BaselineHazard baseline_from(const json::value& value) {
    return {.stratum = "",
            .times = json::value_to<std::vector<double>>(value.at("times")),
            .cumulative = json::value_to<std::vector<double>>(value.at("cumulative")),
            .last_time = value.at("last_time").to_number<double>()};
}

}  // namespace

json::object to_json(const TimeToEvent& model) {
    json::object object{{"event", model.event},
                        {"horizon", model.horizon},
                        {"grid", json::value_from(model.grid)},
                        {"baseline", baseline_json(model.baseline)}};
    if (model.competing) object["competing"] = {{"name", model.competing->name}, {"baseline", baseline_json(model.competing->baseline)}};
    return object;
}

Result<TimeToEvent> time_to_event_from_json(const json::value& value) {
    TimeToEvent model;
    model.event = value.at("event").as_string().c_str();
    model.horizon = value.at("horizon").to_number<double>();
    model.grid = json::value_to<std::vector<double>>(value.at("grid"));
    model.baseline = baseline_from(value.at("baseline"));
    if (const auto* other = value.as_object().if_contains("competing"))
        model.competing = {other->at("name").as_string().c_str(), {}, baseline_from(other->at("baseline"))};
    auto usable = check(model);
    if (!usable) return fail(ErrorKind::corrupt, "{}", usable.error().message);
    return model;
}

}  // namespace quoin
