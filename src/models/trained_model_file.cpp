#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"
#include "models/bundle.h"
#include "models/trained_model.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr int format_version = 1;

std::string member_section(std::size_t index) { return fmt::format("member/{}", index); }

json::object manifest_of(const TrainedModel& model) {
    json::array members;
    for (const auto& member : model.ensemble.members)
        members.push_back({{"family", member.family}, {"weight", member.weight}, {"kind", member.model.kind_name()}});
    json::object manifest{{"format", format_version},
                          {"name", model.name},
                          {"label", model.label},
                          {"entity", model.entity},
                          {"id_column", model.id_column},
                          {"time_column", model.time_column},
                          {"unit", model.unit},
                          {"task", model.task == Task::binary ? "binary" : "regression"},
                          {"log_label", model.log_label},
                          {"positive_level", model.positive_level},
                          {"trained_at", model.trained_at},
                          {"data_from", model.data_from},
                          {"data_to", model.data_to},
                          {"training_rows", model.training_rows},
                          {"data_digest", model.data_digest},
                          {"members", std::move(members)},
                          {"market", to_json(model.market)},
                          {"training_deciles", json::value_from(model.training_deciles)},
                          {"typical", model.typical},
                          {"difficulty_floor", model.difficulty_floor},
                          {"group_input", model.group_input}};
    if (model.difficulty) manifest["difficulty"] = model.difficulty->kind_name();
    if (model.isotonic) manifest["isotonic"] = to_json(*model.isotonic);
    return manifest;
}

std::vector<std::byte> ids_bytes(const std::vector<std::string>& ids) {
    json::array array;
    for (const auto& id : ids) array.emplace_back(id);
    return bytes_of(json_text(array));
}

Result<ReferenceRows> read_reference(const BundleView& bundle, std::size_t columns) {
    ReferenceRows rows;
    TRY(ids_text, section(bundle, "reference/ids"));
    TRY(raw_bytes, section(bundle, "reference/raw"));
    TRY(labels_bytes, section(bundle, "reference/labels"));
    TRY(days_bytes, section(bundle, "reference/days"));
    TRY(ids, parse_json(text_of(ids_text), {.bytes_max = 1u << 30}));
    if (!ids.is_array()) return fail(ErrorKind::corrupt, "the ids of the reference rows are not a list");
    for (const auto& id : ids.get_array()) {
        if (!id.is_string()) return fail(ErrorKind::corrupt, "an id of the reference rows is not text");
        rows.ids.emplace_back(id.get_string());
    }
    TRY(raw, doubles_of(raw_bytes));
    TRY(labels, doubles_of(labels_bytes));
    TRY(days, doubles_of(days_bytes));
    std::size_t count = rows.ids.size();
    if (raw.size() != count * columns || labels.size() != count || days.size() != count)
        return fail(ErrorKind::corrupt, "the reference rows of the model do not have one length");
    rows.raw = Matrix(count, columns);
    for (std::size_t i = 0; i < count; ++i)
        std::copy_n(raw.begin() + static_cast<std::ptrdiff_t>(i * columns), columns, rows.raw.row(i).begin());
    rows.labels = std::move(labels);
    rows.days = std::move(days);
    return rows;
}

/// Where the models of an artifact are read from; `prepared` is nullptr if nothing is.
struct ModelSource {
    const BundleView& bundle;
    const ArrayFile* prepared;
};

Result<Regressor> read_regressor(const ModelSource& source, std::string_view kind, const std::string& name) {
    TRY(bytes, section(source.bundle, name));
    return source.prepared ? Regressor::restore(kind, bytes, *source.prepared, name) : Regressor::load(kind, bytes);
}

Status read_members(const ModelSource& source, const json::array& members, TrainedModel& model) {
    for (std::size_t i = 0; i < members.size(); ++i) {
        const auto& member = members[i].as_object();
        TRY(regressor, read_regressor(source, member.at("kind").as_string(), member_section(i)));
        if (regressor.features() != model.encoder.features().size())
            return fail(ErrorKind::corrupt, "member {} of the model reads {} features, the encoder makes {}", i, regressor.features(),
                        model.encoder.features().size());
        double weight = member.at("weight").to_number<double>();
        model.ensemble.members.push_back({member.at("family").as_string().c_str(), weight, std::move(regressor)});
    }
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
    model.task = text("task") == "binary" ? Task::binary : Task::regression;
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
    if (const auto* isotonic = manifest.if_contains("isotonic"))
        model.isotonic = IsotonicCalibration{json::value_to<std::vector<double>>(isotonic->at("scores")),
                                             json::value_to<std::vector<double>>(isotonic->at("probabilities"))};
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
    TRY_VOID(read_members(source, manifest.as_object().at("members").as_array(), model));
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
    for (std::size_t i = 0; i < ensemble.members.size(); ++i) ensemble.members[i].model.save_prepared(file, member_section(i));
    if (difficulty) difficulty->save_prepared(file, "difficulty");
}

Result<TrainedModel> TrainedModel::restore(std::span<const std::byte> bytes, const ArrayFile& file) {
    TRY(bundle, open_known_bundle(bytes));
    return read_model({bundle, &file});
}

}  // namespace quoin
