#include "control/entity_feed.h"

#include <boost/json.hpp>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

#include "base/digest.h"
#include "base/json.h"
#include "store/blobs.h"

namespace quoin {
namespace {

constexpr std::size_t batch_events = 2'000;

/// A column's name as features are called: "Sqft Living" → sqft_living. Unique within the model, in the order of its inputs.
std::vector<std::string> feature_names(const std::vector<std::string>& columns) {
    std::set<std::string> taken;
    std::vector<std::string> names;
    for (const std::string& column : columns) {
        std::string name;
        for (char c : column) {
            if (std::isalnum(static_cast<unsigned char>(c))) name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            else if (!name.empty() && name.back() != '_') name += '_';
        }
        if (name.empty() || !(name[0] >= 'a' && name[0] <= 'z')) name = "input_" + name;
        name = name.substr(0, 80);
        std::string unique = name;
        for (int number = 2; !taken.insert(unique).second; ++number) unique = fmt::format("{}_{}", name, number);
        names.push_back(unique);
    }
    return names;
}

std::vector<const InputColumn*> inputs_but_time(const TrainedModel& model) {
    std::vector<const InputColumn*> inputs;
    for (const InputColumn& input : model.encoder.inputs())
        if (input.name != model.time_column) inputs.push_back(&input);
    return inputs;
}

std::vector<std::string> names_of(const std::vector<const InputColumn*>& inputs) {
    std::vector<std::string> columns;
    for (const InputColumn* input : inputs) columns.push_back(input->name);
    return feature_names(columns);
}

std::string in_quotes(std::string_view text) { return json_text(boost::json::value(text)); }

const char* field_type(ColumnKind kind) { return kind == ColumnKind::number ? "number" : kind == ColumnKind::time ? "time" : "text"; }

std::string type_name(const TrainedModel& model) { return model.name + ".entity"; }
std::string view_name(const TrainedModel& model) { return model.name + "_inputs"; }

std::string type_yaml(const TrainedModel& model) {
    auto inputs = inputs_but_time(model);
    auto names = names_of(inputs);
    std::string text = fmt::format("# Made when {} went live. Send an event of this type to change what the model knows of a {}.\n"
                                   "type: {}\ndescription: What {} reads of a {}\nentities:\n  {}: entity_id\nfields:\n"
                                   "  entity_id: {{type: text, required: true, description: Whose values they are}}\n",
                                   model.name, model.entity, type_name(model), model.name, model.entity, model.entity);
    for (std::size_t i = 0; i < inputs.size(); ++i)
        text += fmt::format("  {}: {{type: {}, description: {}}}\n", names[i], field_type(inputs[i]->kind), in_quotes(inputs[i]->label));
    return text;
}

std::string view_yaml(const TrainedModel& model) {
    auto inputs = inputs_but_time(model);
    auto names = names_of(inputs);
    std::string text = fmt::format("# Made when {} went live: its inputs, each the last value that was told.\nview: {}\nentity: {}\n"
                                   "description: What {} reads of a {}\ncategory: model_inputs\nfeatures:\n",
                                   model.name, view_name(model), model.entity, model.name, model.entity);
    for (std::size_t i = 0; i < inputs.size(); ++i)
        text += fmt::format("  - {{name: {}, description: {}, type: {}, from: {}, value: {}, transform: last, window: lifetime}}\n",
                            names[i], in_quotes(inputs[i]->label), inputs[i]->kind == ColumnKind::category ? "text" : "number",
                            type_name(model), names[i]);
    return text;
}

/// Writes a declaration if there is none or if it is of other inputs; one that somebody extended keeps what it has.
Status declare(const std::filesystem::path& file, const std::string& text) {
    std::ifstream present(file, std::ios::binary);
    std::ostringstream now;
    now << present.rdbuf();
    if (present && now.str() == text) return {};
    return write_file_atomically(file, std::as_bytes(std::span(text)));
}

FeatureValue as_feature(const FieldValue& value, ColumnKind kind) {
    if (value.is_null()) return nullptr;
    if (kind == ColumnKind::time) return to_text(EventTime{static_cast<std::int64_t>(value.number())});
    if (value.is_text()) return std::string(value.text());
    return value.number();
}

}  // namespace

Status EntityFeed::publish(const LiveModel& live) {
    const TrainedModel& model = live.model();
    TRY_VOID(declare(store_.catalog_folder() / "events" / (type_name(model) + ".yaml"), type_yaml(model)));
    TRY_VOID(declare(store_.catalog_folder() / "features" / (view_name(model) + ".yaml"), view_yaml(model)));
    TRY(changed, store_.reload_catalog());
    (void)changed;
    return feed(live);
}

Status EntityFeed::feed(const LiveModel& live) {
    const TrainedModel& model = live.model();
    std::string consumer = "entities/" + model.name;
    TRY(fed, store_.log().position(consumer));
    if (fed == live.artifact()) return {};
    auto inputs = inputs_but_time(model);
    auto names = names_of(inputs);
    EventLog::Batch batch;
    auto now = store_.log().now();
    auto ids = live.entity_ids();
    for (std::size_t i = 0; i < ids.size(); ++i) {
        auto entity = live.reference_entity(ids[i]);
        boost::json::object data{{"entity_id", ids[i]}};
        for (std::size_t j = 0; j < names.size(); ++j) {
            auto value = to_json(entity->features[j].second);
            if (!value.is_null()) data[names[j]] = std::move(value);
        }
        Event event;
        event.source = "/models/" + model.name;
        event.type = type_name(model);
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

Result<std::shared_ptr<const EntityFeed::Inputs>> EntityFeed::inputs_of(const TrainedModel& model) const {
    std::scoped_lock lock(mutex_);
    auto& known = inputs_[model.name];
    if (known && known->plan.is_current(store_.online())) return known;
    auto inputs = inputs_but_time(model);
    std::vector<std::string> features, columns;
    for (const std::string& name : names_of(inputs)) features.push_back(view_name(model) + ":" + name);
    for (const InputColumn* input : inputs) columns.push_back(input->name);
    TRY(plan, FeaturePlan::make(store_.online(), features));
    known = std::make_shared<const Inputs>(Inputs{std::move(columns), std::move(plan)});
    return known;
}

std::optional<NamedFeatures> EntityFeed::find(const TrainedModel& model, const EntityId& entity) const {
    auto inputs = inputs_of(model);
    if (!inputs) return std::nullopt;  // not published: the model's own rows answer
    const FeaturePlan& plan = (*inputs)->plan;
    std::vector<FieldValue> values(plan.places().size());
    std::vector<FeatureStatus> statuses(values.size());
    std::string_view ids[] = {entity.value()};
    plan.read(store_.online(), {"default", ids, store_.log().now()}, {values, statuses});
    NamedFeatures features;
    bool is_known = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
        is_known = is_known || statuses[i] != FeatureStatus::not_found;
        int input = model.encoder.input_index((*inputs)->columns[i]);
        features.emplace_back((*inputs)->columns[i], as_feature(values[i], model.encoder.inputs()[static_cast<std::size_t>(input)].kind));
    }
    if (!is_known) return std::nullopt;
    return features;
}

}  // namespace quoin
