#include "control/entity_feed.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "base/digest.h"
#include "base/json.h"

namespace quoin {
namespace {

constexpr std::size_t batch_events = 2'000;

/// Versions of a model may have different inputs.
bool has_columns_of(const TrainedModel& model, const std::vector<std::string>& columns) {
    auto column = columns.begin();
    for (const InputColumn& input : model.encoder.inputs()) {
        if (input.name == model.time_column) continue;
        if (column == columns.end() || *column != input.name) return false;
        ++column;
    }
    return column == columns.end();
}

}  // namespace

Status EntityFeed::publish(const LiveModel& live, const LiveModel* champion) {
    ModelInputs inputs = champion ? ModelInputs(champion->model(), &live.model()) : ModelInputs(live.model());
    TRY_VOID(inputs.declare(store_.catalog_folder(), ModelInputs::Present::replace));
    TRY(changed, store_.reload_catalog());
    (void)changed;
    TRY_VOID(feed(live));
    return plan_of(live.model()).map([](auto&&) {});
}

Status EntityFeed::feed(const LiveModel& live) {
    const TrainedModel& model = live.model();
    std::string consumer = "entities/" + model.name;
    TRY(fed, store_.log().position(consumer));
    if (fed == live.artifact()) return {};
    ModelInputs inputs(model);
    if (!inputs.are_told()) return {};
    EventLog::Batch batch;
    auto now = store_.log().now();
    auto ids = live.entity_ids();
    for (std::size_t i = 0; i < ids.size(); ++i) {
        auto entity = live.reference_entity(ids[i]);
        boost::json::object data{{"entity_id", ids[i]}};
        for (std::size_t j = 0; j < inputs.all().size(); ++j) {
            auto value = to_json(entity->features[j].second);
            if (inputs.all()[j].is_told && !value.is_null()) data[inputs.all()[j].feature] = std::move(value);
        }
        Event event;
        event.source = "/models/" + model.name;
        event.type = inputs.event_type();
        event.data = json_text(data);
        event.time = std::isnan(entity->day) ? EventTime{model.trained_at} : EventTime{std::llround(entity->day * 86'400e6)};
        event.time = std::min(event.time, now);
        event.known = event.time, event.is_history = true;
        event.id = sha256_hex(event.data + to_text(event.time)).substr(0, 32);
        batch.events.push_back(std::move(event));
        if (batch.events.size() < batch_events && i + 1 < ids.size()) continue;
        if (i + 1 == ids.size()) batch.positions.push_back({consumer, live.artifact()});
        TRY_VOID(store_.ingest().submit_and_wait(std::move(batch)));
        batch = {};
    }
    return {};
}

Result<std::shared_ptr<const EntityFeed::Plan>> EntityFeed::plan_of(const TrainedModel& model) const {
    std::scoped_lock lock(mutex_);
    auto& plans = plans_[model.name];
    for (const auto& plan : plans)
        if (plan->features.is_current(store_.online()) && has_columns_of(model, plan->columns)) return plan;
    std::erase_if(plans, [&](const auto& plan) { return !plan->features.is_current(store_.online()); });
    ModelInputs inputs(model);
    std::vector<std::string> features, columns;
    for (const auto& input : inputs.all()) {
        features.push_back(input.view + ":" + input.feature);
        columns.push_back(input.column->name);
    }
    TRY(plan, FeaturePlan::make(store_.online(), features));
    if (plan.entities().size() != 1 || plan.entities()[0] != model.entity)
        return fail(ErrorKind::invalid, "{} is about a {} and can read only features of one, but asks for some of {}", model.name,
                    model.entity, fmt::join(plan.entities(), ", "));
    return plans.emplace_back(std::make_shared<const Plan>(Plan{std::move(columns), std::move(plan)}));
}

Result<std::optional<NamedFeatures>> EntityFeed::find(const TrainedModel& model, const EntityId& entity) const {
    if (store_.served()) {  // a prediction's features are logged like any others
        TRY(found, ModelInputs(model).read(store_.reader(), {&entity, 1}));
        return std::move(found.front());
    }
    auto plan = plan_of(model);
    if (!plan) return std::nullopt;  // not published: the model's own rows answer
    const FeaturePlan& features = (*plan)->features;
    std::vector<FieldValue> values(features.places().size());
    std::vector<FeatureStatus> statuses(values.size());
    std::string_view ids[] = {entity.value()};
    features.read(store_.online(), {"default", ids, store_.log().now()}, {values, statuses});
    bool is_known = false;  // a view without events of its own knows everybody
    for (std::size_t i = 0; i < statuses.size(); ++i)
        is_known = is_known || (statuses[i] != FeatureStatus::not_found && !features.places()[i].view->bindings().empty());
    if (!is_known) return std::nullopt;
    NamedFeatures named;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::string& column = (*plan)->columns[i];
        auto input = static_cast<std::size_t>(model.encoder.input_index(column));
        named.emplace_back(column, ModelInputs::value(values[i], model.encoder.inputs()[input].kind));
    }
    return named;
}

}  // namespace quoin
