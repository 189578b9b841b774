#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"
#include "models/bundle.h"
#include "models/reference_rows_file.h"
#include "models/trained_model.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr int format_version = 1;

std::string member_section(std::size_t index) { return fmt::format("member/{}", index); }

std::string competing_section(std::size_t index) { return fmt::format("competing/{}", index); }

std::string class_section(std::size_t k, std::size_t index) { return fmt::format("class/{}/member/{}", k, index); }

json::array members_json(const Ensemble& ensemble) {
    json::array members;
    for (const auto& member : ensemble.members)
        members.push_back({{"family", member.family}, {"weight", member.weight}, {"kind", member.model.kind_name()}});
    return members;
}

IsotonicCalibration isotonic_from_json(const json::value& value) {
    return {json::value_to<std::vector<double>>(value.at("scores")), json::value_to<std::vector<double>>(value.at("probabilities"))};
}

json::object time_to_event_json(const TimeToEvent& times) {
    auto object = to_json(times);
    if (times.competing) object["competing"].as_object()["members"] = members_json(times.competing->log_hazard);
    return object;
}

/// What not every task has.
void add_parts(const TrainedModel& model, json::object& manifest) {
    if (model.difficulty) manifest["difficulty"] = model.difficulty->kind_name();
    if (model.isotonic) manifest["isotonic"] = to_json(*model.isotonic);
    if (model.missing_inputs) manifest["missing_inputs"] = to_json(*model.missing_inputs);
    if (model.outlook) manifest["outlook"] = to_json(*model.outlook);
    if (model.season) manifest["season"] = to_json(*model.season);
    if (model.quantiles) manifest["quantiles"] = to_json(*model.quantiles);
    if (model.time_to_event) manifest["time_to_event"] = time_to_event_json(*model.time_to_event);
    if (model.contact_times) manifest["contact_times"] = to_json(*model.contact_times);
    if (!model.bands.empty()) {
        json::array bands;
        for (const auto& band : model.bands) bands.push_back({{"name", band.name}, {"from", band.from}});
        manifest["bands"] = std::move(bands);
    }
    if (model.classes.empty()) return;
    json::array classes;
    for (const auto& one : model.classes)
        classes.push_back({{"level", one.level}, {"isotonic", to_json(one.isotonic)}, {"members", members_json(one.ensemble)}});
    manifest["classes"] = std::move(classes);
}

json::object manifest_of(const TrainedModel& model) {
    json::object manifest{{"format", format_version},
                          {"name", model.name},
                          {"label", model.label},
                          {"entity", model.entity},
                          {"id_column", model.id_column},
                          {"time_column", model.time_column},
                          {"unit", model.unit},
                          {"task", name_of(model.task)},
                          {"log_label", model.log_label},
                          {"positive_level", model.positive_level},
                          {"trained_at", model.trained_at},
                          {"data_from", model.data_from},
                          {"data_to", model.data_to},
                          {"training_rows", model.training_rows},
                          {"data_digest", model.data_digest},
                          {"members", members_json(model.ensemble)},
                          {"market", to_json(model.market)},
                          {"training_deciles", json::value_from(model.training_deciles)},
                          {"typical", model.typical},
                          {"difficulty_floor", model.difficulty_floor},
                          {"group_input", model.group_input}};
    add_parts(model, manifest);
    return manifest;
}

std::string quantile_section(std::size_t level, std::size_t member) { return fmt::format("quantile/{}/{}", level, member); }

/// Where the models of an artifact are read from; `prepared` is nullptr if nothing is.
struct ModelSource {
    const BundleView& bundle;
    const ArrayFile* prepared;
};

Result<Regressor> read_regressor(const ModelSource& source, std::string_view kind, const std::string& name) {
    TRY(bytes, section(source.bundle, name));
    return source.prepared ? Regressor::restore(kind, bytes, *source.prepared, name) : Regressor::load(kind, bytes);
}

template <class Section>
Result<Ensemble> read_members(const ModelSource& source, const json::array& members, std::size_t features, const Section& section_of) {
    Ensemble ensemble;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const auto& member = members[i].as_object();
        TRY(regressor, read_regressor(source, member.at("kind").as_string(), section_of(i)));
        if (regressor.features() != features)
            return fail(ErrorKind::corrupt, "member {} of the model reads {} features, the encoder makes {}", i, regressor.features(),
                        features);
        double weight = member.at("weight").to_number<double>();
        ensemble.members.push_back({member.at("family").as_string().c_str(), weight, std::move(regressor)});
    }
    return ensemble;
}

Status read_classes(const ModelSource& source, const json::array& classes, TrainedModel& model) {
    for (std::size_t k = 0; k < classes.size(); ++k) {
        const auto& one = classes[k];
        TRY(ensemble, read_members(source, one.at("members").as_array(), model.encoder.features().size(),
                                   [&](std::size_t i) { return class_section(k, i); }));
        model.classes.push_back({one.at("level").as_string().c_str(), std::move(ensemble), isotonic_from_json(one.at("isotonic"))});
    }
    if (model.task == Task::multiclass && model.classes.size() < 2)
        return fail(ErrorKind::corrupt, "a multiclass model needs two classes or more; this one has {}", model.classes.size());
    return {};
}

Status read_contact_times(const json::object& manifest, TrainedModel& model) {
    if (model.task != Task::timing) return {};
    TRY(times, contact_times_from_json(manifest.at("contact_times")));
    model.contact_times = std::move(times);
    if (model.encoder.inputs().size() != ContactTimes::days + ContactTimes::hours)
        return fail(ErrorKind::corrupt, "a model of contact times reads {} counts, this one {}", ContactTimes::days + ContactTimes::hours,
                    model.encoder.inputs().size());
    return {};
}

Status read_time_to_event(const ModelSource& source, const json::object& manifest, TrainedModel& model) {
    if (model.task != Task::survival) return {};
    const auto& stored = manifest.at("time_to_event");
    TRY(times, time_to_event_from_json(stored));
    if (times.competing) {
        TRY(ensemble,
            read_members(source, stored.at("competing").at("members").as_array(), model.encoder.features().size(), competing_section));
        times.competing->log_hazard = std::move(ensemble);
    }
    model.time_to_event = std::move(times);
    return {};
}

/// What is left out of format 1 by most models.
Status read_quantiles(const ModelSource& source, const json::object& manifest, TrainedModel& model) {
    if (const auto* season = manifest.if_contains("season")) {
        TRY(growth, seasonal_growth_from_json(season->as_object()));
        model.season = std::move(growth);
    }
    const auto* levels = manifest.if_contains("quantiles");
    if (!levels) return {};
    auto& quantiles = model.quantiles.emplace();
    for (std::size_t k = 0; k < levels->as_array().size(); ++k) {
        const auto& stored = levels->as_array()[k];
        auto& level = quantiles.levels.emplace_back();
        level.level = stored.at("level").to_number<double>(), level.move = stored.at("move").to_number<double>();
        bool ascends = k == 0 || level.level > quantiles.levels[k - 1].level;
        if (!(level.level > 0 && level.level < 1 && ascends && std::isfinite(level.move)))
            return fail(ErrorKind::corrupt, "level {} of the model's quantiles is not readable", k);
        TRY(ensemble, read_members(source, stored.at("members").as_array(), model.encoder.features().size(),
                                   [&](std::size_t member) { return quantile_section(k, member); }));
        level.ensemble = std::move(ensemble);
    }
    if (quantiles.levels.empty()) return fail(ErrorKind::corrupt, "the model's quantiles have no level");
    return {};
}

Status read_manifest(const json::object& manifest, TrainedModel& model) {
    if (manifest.at("format").to_number<int>() != format_version)
        return fail(ErrorKind::unsupported, "the model was saved in format {}; this version reads format {}",
                    manifest.at("format").to_number<int>(), format_version);
    auto text = [&](const char* key) { return std::string(manifest.at(key).as_string()); };
    model.name = text("name");
    model.label = text("label");
    model.entity = text("entity");
    model.id_column = text("id_column");
    model.time_column = text("time_column");
    model.unit = text("unit");
    TRY(task, task_from(text("task")));
    model.task = task;
    model.log_label = manifest.at("log_label").as_bool();
    model.positive_level = text("positive_level");
    model.trained_at = manifest.at("trained_at").to_number<std::int64_t>();
    model.data_from = manifest.at("data_from").to_number<std::int64_t>();
    model.data_to = manifest.at("data_to").to_number<std::int64_t>();
    model.training_rows = manifest.at("training_rows").to_number<std::uint64_t>();
    model.data_digest = text("data_digest");
    model.training_deciles = json::value_to<std::vector<double>>(manifest.at("training_deciles"));
    model.typical = manifest.at("typical").to_number<double>();
    model.difficulty_floor = manifest.at("difficulty_floor").to_number<double>();
    model.group_input = text("group_input");
    TRY(market, market_index_from_json(manifest.at("market")));
    model.market = std::move(market);
    if (const auto* outlook = manifest.if_contains("outlook")) {
        TRY(read, market_outlook_from_json(*outlook));
        model.outlook = std::move(read);
    }
    if (const auto* isotonic = manifest.if_contains("isotonic")) model.isotonic = isotonic_from_json(*isotonic);
    if (const auto* bands = manifest.if_contains("bands"))
        for (const auto& band : bands->as_array())
            model.bands.push_back({band.at("name").as_string().c_str(), band.at("from").to_number<double>()});
    return {};
}

Result<TrainedModel> read_model(const ModelSource& source) try {
    const auto& bundle = source.bundle;
    TrainedModel model;
    TRY(manifest_bytes, section(bundle, "manifest"));
    TRY(declaration_bytes, section(bundle, "declaration"));
    TRY(encoder_bytes, section(bundle, "encoder"));
    TRY(manifest, parse_json(text_of(manifest_bytes)));
    TRY(encoder_json, parse_json(text_of(encoder_bytes), {.bytes_max = 256u << 20}));
    TRY_VOID(read_manifest(manifest.as_object(), model));
    model.declaration = text_of(declaration_bytes);
    TRY(encoder, encoder_from_json(encoder_json));
    model.encoder = std::move(encoder);
    TRY(members, read_members(source, manifest.as_object().at("members").as_array(), model.encoder.features().size(), member_section));
    model.ensemble = std::move(members);
    TRY_VOID(read_quantiles(source, manifest.as_object(), model));
    if (const auto* classes = manifest.as_object().if_contains("classes")) TRY_VOID(read_classes(source, classes->as_array(), model));
    TRY_VOID(read_contact_times(manifest.as_object(), model));
    TRY_VOID(read_time_to_event(source, manifest.as_object(), model));
    if (const auto* stored = manifest.as_object().if_contains("missing_inputs")) {
        TRY(missing, missing_inputs_from_json(*stored, model.encoder.inputs().size()));
        model.missing_inputs = std::move(missing);
    }
    if (const auto* kind = manifest.as_object().if_contains("difficulty")) {
        TRY(difficulty, read_regressor(source, kind->as_string(), "difficulty"));
        model.difficulty = std::move(difficulty);
    }
    if (bundle.contains("conformal")) {
        TRY(conformal, Conformal::load(bundle.find("conformal")->second));
        model.conformal = std::move(conformal);
    }
    TRY(reference, read_reference(bundle, model.encoder.inputs().size()));
    model.reference = std::move(reference);
    return model;
} catch (const std::exception& thrown) {
    return fail(ErrorKind::corrupt, "the model artifact is not readable: {}", thrown.what());
}

}  // namespace

std::vector<std::byte> TrainedModel::save() const {
    std::vector<BundleSection> sections;
    sections.push_back({"manifest", bytes_of(json_text(manifest_of(*this), 1))});
    sections.push_back({"declaration", bytes_of(declaration)});
    sections.push_back({"encoder", bytes_of(json_text(to_json(encoder)))});
    for (std::size_t i = 0; i < ensemble.members.size(); ++i) sections.push_back({member_section(i), ensemble.members[i].model.save()});
    for (std::size_t k = 0; quantiles && k < quantiles->levels.size(); ++k)
        for (std::size_t i = 0; i < quantiles->levels[k].ensemble.members.size(); ++i)
            sections.push_back({quantile_section(k, i), quantiles->levels[k].ensemble.members[i].model.save()});
    for (std::size_t k = 0; k < classes.size(); ++k)
        for (std::size_t i = 0; i < classes[k].ensemble.members.size(); ++i)
            sections.push_back({class_section(k, i), classes[k].ensemble.members[i].model.save()});
    if (time_to_event && time_to_event->competing)
        for (std::size_t i = 0; i < time_to_event->competing->log_hazard.members.size(); ++i)
            sections.push_back({competing_section(i), time_to_event->competing->log_hazard.members[i].model.save()});
    if (difficulty) sections.push_back({"difficulty", difficulty->save()});
    if (conformal) sections.push_back({"conformal", conformal->save()});
    sections.push_back({"reference/ids", ids_bytes(reference.ids)});
    sections.push_back({"reference/raw", bytes_of(reference.raw.values())});
    sections.push_back({"reference/labels", bytes_of(std::span<const double>(reference.labels))});
    sections.push_back({"reference/days", bytes_of(std::span<const double>(reference.days))});
    return save_bundle(sections);
}

Result<TrainedModel> TrainedModel::load(std::span<const std::byte> bytes) {
    TRY(bundle, open_bundle(bytes));
    return read_model({bundle, nullptr});
}

void TrainedModel::save_prepared(ArrayFileWriter& file) const {
    auto save = [&](const Ensemble& one, const auto& section_of) {
        for (std::size_t i = 0; i < one.members.size(); ++i) one.members[i].model.save_prepared(file, section_of(i));
    };
    save(ensemble, member_section);
    for (std::size_t k = 0; k < classes.size(); ++k) save(classes[k].ensemble, [&](std::size_t i) { return class_section(k, i); });
    for (std::size_t k = 0; quantiles && k < quantiles->levels.size(); ++k)
        save(quantiles->levels[k].ensemble, [&](std::size_t i) { return quantile_section(k, i); });
    if (time_to_event && time_to_event->competing) save(time_to_event->competing->log_hazard, competing_section);
    if (difficulty) difficulty->save_prepared(file, "difficulty");
}

Result<TrainedModel> TrainedModel::restore(std::span<const std::byte> bytes, const ArrayFile& file) {
    TRY(bundle, open_known_bundle(bytes));
    return read_model({bundle, &file});
}

}  // namespace quoin
