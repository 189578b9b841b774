#include "prediction/live_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "prediction/comparables.h"
#include "prediction/drivers.h"
#include "prediction/what_if.h"
#include "prediction/wording.h"

namespace quoin {

struct LiveModel::Lookup {
    std::unordered_map<std::string, std::uint32_t> row_of;  ///< entity id → its latest reference row
    ComparableIndex comparables;
};

namespace {

constexpr double one_sigma_level = 0.6827;  ///< of the forecast standard deviation (domain.md 4.1)
constexpr double missing = std::numeric_limits<double>::quiet_NaN();

tl::unexpected<Error> wrong_feature(const std::string& name, const InputColumn& input, std::string_view got) {
    return fail_field(ErrorKind::invalid, "/features/" + name, "feature '{}' must be a {}, not {}", name,
                      input.kind == ColumnKind::number ? "number"
                      : input.kind == ColumnKind::time ? "time such as 2024-01-15"
                                                       : "text",
                      got);
}

/// The raw number of one value as a caller wrote it. A category may be given as a number (98103 for "98103").
Result<double> raw_value(const Encoder& encoder, std::size_t index, const std::string& name, const FeatureValue& value) {
    const auto& input = encoder.inputs()[index];
    if (std::holds_alternative<std::nullptr_t>(value)) return missing;
    const auto* number = std::get_if<double>(&value);
    const auto* text = std::get_if<std::string>(&value);
    switch (input.kind) {
        case ColumnKind::number:
            if (number == nullptr) return wrong_feature(name, input, fmt::format("the text '{}'", text->substr(0, 40)));
            return *number;
        case ColumnKind::category: return encoder.code(index, number != nullptr ? fmt::format("{}", *number) : *text);
        case ColumnKind::time: {
            if (text == nullptr) return wrong_feature(name, input, fmt::format("the number {}", *number));
            auto time = parse_time(*text);
            if (!time) return fail_field(ErrorKind::invalid, "/features/" + name, "{}", time.error().message);
            return time->days();
        }
    }
    return missing;
}

Result<std::vector<double>> raw_row(const TrainedModel& model, const PredictionQuery& filled) {
    std::vector<double> raw(model.encoder.inputs().size(), missing);
    for (const auto& [name, value] : filled.features) {
        int index = model.encoder.input_index(name);
        if (index < 0) {
            std::vector<std::string> known;
            for (const auto& input : model.encoder.inputs()) known.push_back(input.name);
            return fail_field(ErrorKind::invalid, "/features/" + name, "the model does not know the feature '{}'; it reads {}", name,
                              fmt::join(known, ", "));
        }
        TRY(number, raw_value(model.encoder, static_cast<std::size_t>(index), name, value));
        raw[static_cast<std::size_t>(index)] = number;
    }
    int time = model.time_column.empty() ? -1 : model.encoder.input_index(model.time_column);
    if (time >= 0 && filled.as_of) raw[static_cast<std::size_t>(time)] = filled.as_of->days();
    return raw;
}

/// What a careful reader should know about this answer.
std::vector<std::string> notes_of(const TrainedModel& model, const PredictionQuery& filled, std::span<const double> raw) {
    std::vector<std::string> notes, absent;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const auto& input = model.encoder.inputs()[i];
        if (std::isnan(raw[i])) {
            auto given = std::ranges::find(filled.features, input.name, &std::pair<std::string, FeatureValue>::first);
            const std::string* text = given == filled.features.end() ? nullptr : std::get_if<std::string>(&given->second);
            if (text != nullptr) {
                notes.push_back(fmt::format("{} '{}' was not seen in training and counts as not known", input.label, *text));
            } else {
                absent.push_back(input.label);
            }
        } else if (input.kind == ColumnKind::number && (raw[i] < input.lower || raw[i] > input.upper)) {
            notes.push_back(fmt::format("{} {} lies outside the {} to {} seen in training", input.label, value_text(input, raw[i]),
                                        value_text(input, input.lower), value_text(input, input.upper)));
        }
    }
    if (!absent.empty()) notes.push_back(fmt::format("not known: {}", fmt::join(absent, ", ")));
    return notes;
}

void add_intervals(const TrainedModel& model, const TrainedModel::Answer& answer, const PredictionQuery& filled, Prediction& prediction) {
    if (!model.conformal) {
        prediction.forecast_standard_deviation = 0;
        prediction.confidence = std::max(prediction.value, 1 - prediction.value);
        return;
    }
    for (auto level : filled.levels) {
        auto interval = model.conformal->interval(answer.score, answer.difficulty, answer.group, level);
        prediction.intervals.push_back({level.value(), model.in_label_unit(interval.lower), model.in_label_unit(interval.upper)});
    }
    auto sigma = model.conformal->interval(answer.score, answer.difficulty, answer.group, Probability{one_sigma_level});
    double half = (model.in_label_unit(sigma.upper) - model.in_label_unit(sigma.lower)) / 2;
    prediction.forecast_standard_deviation = prediction.value == 0 ? 0 : half / std::abs(prediction.value);
    prediction.confidence = std::clamp(1 - prediction.forecast_standard_deviation, 0.0, 1.0);
}

/// Where the value stands among the training predictions, in words.
std::string band_of(const TrainedModel& model, double score) {
    if (model.task == Task::binary) return score >= 0 ? "positive" : "negative";
    const auto& deciles = model.training_deciles;
    if (deciles.size() != 9) return "";
    if (score < deciles[1]) return "LOW";
    if (score < deciles[3]) return "BELOW_MEDIAN";
    if (score < deciles[5]) return "MEDIAN";
    return score < deciles[7] ? "ABOVE_MEDIAN" : "HIGH";
}

Result<std::vector<Scenario>> scenarios_of(const TrainedModel& model, const PredictionQuery& filled, std::span<const double> raw) {
    if (filled.what_if.empty()) return renovation_scenarios(model, raw);
    Scenario asked;
    for (const auto& [name, value] : filled.what_if) {
        int index = model.encoder.input_index(name);
        if (index < 0) return fail_field(ErrorKind::invalid, "/what_if/" + name, "the model does not know the feature '{}'", name);
        TRY(number, raw_value(model.encoder, static_cast<std::size_t>(index), name, value));
        const auto& input = model.encoder.inputs()[static_cast<std::size_t>(index)];
        asked.name += fmt::format("{}{} {} → {}", asked.name.empty() ? "" : ", ", input.label,
                                  value_text(input, feature_value(input, raw[static_cast<std::size_t>(index)])), value_text(input, value));
        asked.changes.emplace_back(static_cast<std::size_t>(index), number);
    }
    return std::vector<Scenario>{asked};
}

}  // namespace

Result<std::shared_ptr<const LiveModel>> LiveModel::make(std::shared_ptr<const TrainedModel> model, std::string version,
                                                         std::string artifact, EventTime deployed_at) {
    auto live = std::shared_ptr<LiveModel>(new LiveModel);
    auto lookup = std::make_shared<Lookup>();
    const auto& reference = model->reference;
    for (std::uint32_t row = 0; row < reference.ids.size(); ++row) {
        auto [known, added] = lookup->row_of.emplace(reference.ids[row], row);
        if (!added && !(reference.days[row] < reference.days[known->second])) known->second = row;
    }
    TRY(comparables, ComparableIndex::make(*model));
    lookup->comparables = std::move(comparables);
    live->lookup_ = std::move(lookup);
    live->model_ = std::move(model);
    live->version_ = std::move(version);
    live->artifact_ = std::move(artifact);
    live->deployed_at_ = deployed_at;
    return std::shared_ptr<const LiveModel>(live);
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

Result<PredictionQuery> LiveModel::fill(PredictionQuery query, EventTime now, const EntitySource* source) const {
    // A default date is a whole day, so that one question has one answer a day; milliseconds are what a record can hold.
    constexpr std::int64_t day_us = 86'400'000'000, milli_us = 1000;
    query.as_of = query.as_of ? EventTime{query.as_of->value() / milli_us * milli_us} : EventTime{now.value() / day_us * day_us};
    if (!query.entity) return query;
    std::optional<NamedFeatures> known;
    if (source) {
        TRY(found, source->find(*model_, *query.entity));
        known = std::move(found);
    }
    if (!known)
        if (auto reference = reference_entity(query.entity->value())) known = std::move(reference->features);
    if (!known) {
        if (!query.features.empty()) return query;
        return fail_field(ErrorKind::not_found, "/entity_id", "no {} has the id '{}'; give its 'features' instead", model_->entity,
                          query.entity->value());
    }
    for (auto& [name, value] : *known) {
        bool given = std::ranges::find(query.features, name, &std::pair<std::string, FeatureValue>::first) != query.features.end();
        if (!given) query.features.emplace_back(name, std::move(value));
    }
    return query;
}

Result<Prediction> LiveModel::answer(const PredictionQuery& filled) const {
    const auto& model = *model_;
    TRY(raw, raw_row(model, filled));
    std::vector<double> encoded(model.encoder.features().size());
    model.encoder.encode(raw, encoded);
    auto answer = model.answer(raw, encoded);

    Prediction prediction;
    prediction.entity_id = filled.entity ? filled.entity->value() : "";
    prediction.model = model.name;
    prediction.model_version = version_;
    prediction.artifact = artifact_;
    prediction.as_of = *filled.as_of;
    prediction.data_from = EventTime{model.data_from};
    prediction.data_to = EventTime{model.data_to};
    prediction.score = answer.score;
    prediction.value = model.in_label_unit(answer.score);
    prediction.predicted_class = band_of(model, answer.score);
    add_intervals(model, answer, filled, prediction);
    if (filled.drivers > 0) {
        auto reasons = explain(model, raw, encoded);
        prediction.typical_value = reasons.typical_value;
        reasons.drivers.resize(std::min(reasons.drivers.size(), filled.drivers));
        prediction.drivers = std::move(reasons.drivers);
        if (model.task == Task::regression) {
            TRY(scenarios, scenarios_of(model, filled, raw));
            prediction.what_if = try_scenarios(model, raw, prediction.value, scenarios);
        }
    }
    if (model.task == Task::regression)
        prediction.comparables = lookup_->comparables.nearest(model, {raw, encoded, prediction.value, prediction.entity_id},
                                                              filled.comparables);
    prediction.notes = notes_of(model, filled, raw);
    return prediction;
}

}  // namespace quoin
