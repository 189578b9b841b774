#include "prediction/live_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "prediction/wording.h"

namespace quoin {

struct LiveModel::Lookup {
    std::unordered_map<std::string, std::uint32_t> row_of;  ///< entity id → its latest reference row
};

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// Whether all inputs are features of the catalog: what the rows of training knew of an entity is out of date then, and must not stand in.
bool reads_the_store(const TrainedModel& model) {
    return std::ranges::all_of(model.encoder.inputs(), [&](const InputColumn& input) {
        return input.name == model.time_column || input.name.find(':') != std::string::npos;
    });
}

constexpr std::int64_t day_us = 86'400'000'000, milli_us = 1000;  // a millisecond is what a record can hold

bool has_all_inputs(const PredictionQuery& query, const TrainedModel& model) {
    return query.features.size() >= model.encoder.inputs().size() - (model.time_column.empty() ? 0 : 1);
}

/// Nobody knows the features of a day to come.
Status check_moment(const PredictionQuery& query, const TrainedModel& model, EventTime now) {
    if (query.as_of->value() - now.value() <= day_us || has_all_inputs(query, model)) return {};
    return fail_field(ErrorKind::invalid, "/as_of_date", "the features of a {} are not known as of {}, which is to come; give all of them",
                      model.entity, to_text(*query.as_of));
}

}  // namespace

std::shared_ptr<const LiveModel> LiveModel::with(std::shared_ptr<const TrainedModel> model, Deployment deployment,
                                                 ComparableIndex comparables) {
    auto live = std::shared_ptr<LiveModel>(new LiveModel);
    auto lookup = std::make_shared<Lookup>();
    const auto& reference = model->reference;
    lookup->row_of.reserve(reference.ids.size());
    for (std::uint32_t row = 0; row < reference.ids.size(); ++row) {
        auto [known, added] = lookup->row_of.emplace(reference.ids[row], row);
        if (!added && !(reference.days[row] < reference.days[known->second])) known->second = row;
    }
    live->comparables_ = std::move(comparables);
    live->lookup_ = std::move(lookup);
    live->model_ = std::move(model);
    live->version_ = std::move(deployment.version);
    live->artifact_ = std::move(deployment.artifact);
    live->deployed_at_ = deployment.deployed_at;
    return live;
}

Result<std::shared_ptr<const LiveModel>> LiveModel::make(std::shared_ptr<const TrainedModel> model, std::string version,
                                                         std::string artifact, EventTime deployed_at) {
    TRY(comparables, ComparableIndex::make(*model));
    return with(std::move(model), {std::move(version), std::move(artifact), deployed_at}, std::move(comparables));
}

Result<std::shared_ptr<const LiveModel>> LiveModel::restore(std::shared_ptr<const TrainedModel> model, Deployment deployment,
                                                            const ArrayFile& file) {
    TRY(comparables, ComparableIndex::restore(*model, file));
    return with(std::move(model), std::move(deployment), std::move(comparables));
}

void LiveModel::save_prepared(ArrayFileWriter& file) const {
    model_->save_prepared(file);
    comparables_.save_prepared(file);
}

std::size_t LiveModel::entities() const { return lookup_->row_of.size(); }

std::vector<std::string> LiveModel::entity_ids() const {
    std::vector<std::string> ids;
    for (const auto& [id, row] : lookup_->row_of) ids.push_back(id);
    std::ranges::sort(ids);
    return ids;
}

std::optional<LiveModel::ReferenceEntity> LiveModel::reference_entity(const std::string& id) const {
    auto found = lookup_->row_of.find(id);
    if (found == lookup_->row_of.end()) return std::nullopt;
    ReferenceEntity entity{{}, model_->time_column.empty() ? missing : model_->reference.days[found->second]};
    auto raw = model_->reference.raw.row(found->second);
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const auto& input = model_->encoder.inputs()[i];
        if (input.name != model_->time_column) entity.features.emplace_back(input.name, feature_value(input, raw[i]));
    }
    return entity;
}

std::optional<EntitySource::Past> LiveModel::past_of(const PredictionQuery& query, EventTime now) const {
    bool is_past = query.entity && query.as_of && now.value() - query.as_of->value() > day_us;
    if (!is_past || !reads_the_store(*model_) || has_all_inputs(query, *model_)) return std::nullopt;
    return EntitySource::Past{*query.entity, EventTime{query.as_of->value() / milli_us * milli_us}};
}

Result<PredictionQuery> LiveModel::fill(PredictionQuery query, EventTime now, const EntitySource* source) const {
    // A default date is a whole day, so that one question has one answer a day.
    // What comes from the store is of this moment, not of the day.
    bool is_live = source != nullptr && reads_the_store(*model_);
    if (is_live && query.as_of && query.entity) TRY_VOID(check_moment(query, *model_, now));
    std::int64_t step_us = query.as_of || is_live ? milli_us : day_us;
    query.as_of = EventTime{query.as_of.value_or(now).value() / step_us * step_us};
    if (query.levels.empty()) query.levels = {Probability{0.8}, Probability{0.95}};
    if (!query.entity) return query;
    std::optional<NamedFeatures> known;
    auto past = is_live ? past_of(query, now) : std::nullopt;
    if (past) {
        TRY(found, source->find_past(*model_, {&*past, 1}));
        known = std::move(found.front());
    } else if (source) {
        TRY(found, source->find(*model_, *query.entity));
        known = std::move(found);
    }
    if (!known && !is_live)
        if (auto reference = reference_entity(query.entity->value())) known = std::move(reference->features);
    if (!known) {
        if (!query.features.empty()) return query;
        return fail_field(ErrorKind::not_found, "/entity_id", "no {} has the id '{}'{}; give its 'features' instead", model_->entity,
                          query.entity->value(), past ? " as of " + to_text(past->at) : "");
    }
    for (auto& [name, value] : *known) {
        bool given = std::ranges::find(query.features, name, &std::pair<std::string, FeatureValue>::first) != query.features.end();
        if (!given) query.features.emplace_back(name, std::move(value));
    }
    return query;
}

}  // namespace quoin
