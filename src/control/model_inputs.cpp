#include "control/model_inputs.h"

#include <boost/json.hpp>
#include <cctype>
#include <fstream>
#include <set>
#include <sstream>

#include "base/json.h"
#include "store/blobs.h"

namespace quoin {
namespace {

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

std::string in_quotes(std::string_view text) { return json_text(boost::json::value(text)); }

const char* field_type(ColumnKind kind) { return kind == ColumnKind::number ? "number" : kind == ColumnKind::time ? "time" : "text"; }

Status write_declaration(const std::filesystem::path& file, const std::string& text, ModelInputs::Present present) {
    std::ifstream stream(file, std::ios::binary);
    if (stream && present == ModelInputs::Present::keep) return {};
    std::ostringstream now;
    now << stream.rdbuf();
    if (stream && now.str() == text) return {};
    return write_file_atomically(file, std::as_bytes(std::span(text)));
}

}  // namespace

ModelInputs::ModelInputs(const TrainedModel& model, const TrainedModel* beside) : model_(model) {
    std::vector<const InputColumn*> columns;
    auto add = [&](const TrainedModel& version) {
        for (const InputColumn& input : version.encoder.inputs())
            if (input.name != version.time_column && std::ranges::find(columns, input.name, &InputColumn::name) == columns.end())
                columns.push_back(&input);
    };
    add(model);
    if (beside) add(*beside);
    std::vector<std::string> told;
    for (const InputColumn* column : columns) {
        const InputColumn& input = *column;
        auto colon = input.name.find(':');
        bool is_told = colon == std::string::npos;
        if (is_told) told.push_back(input.name);
        inputs_.push_back({&input, is_told ? view() : input.name.substr(0, colon), is_told ? "" : input.name.substr(colon + 1), is_told});
    }
    auto names = feature_names(told);
    auto next = names.begin();
    for (Input& input : inputs_)
        if (input.is_told) input.feature = std::move(*next++);
}

std::string ModelInputs::type_yaml() const {
    std::string text = fmt::format("# Made when {} went live. Send an event of this type to change what the model knows of a {}.\n"
                                   "type: {}\ndescription: What {} reads of a {}\nentities:\n  {}: entity_id\nfields:\n"
                                   "  entity_id: {{type: text, required: true, description: Whose values they are}}\n",
                                   model_.name, model_.entity, event_type(), model_.name, model_.entity, model_.entity);
    for (const auto& [column, in_view, feature, is_told] : inputs_)
        if (is_told)
            text += fmt::format("  {}: {{type: {}, description: {}}}\n", feature, field_type(column->kind), in_quotes(column->label));
    return text;
}

std::string ModelInputs::view_yaml() const {
    std::string text = fmt::format("# Made when {} went live: its inputs, each the last value that was told.\nview: {}\nentity: {}\n"
                                   "description: What {} reads of a {}\ncategory: model_inputs\nfeatures:\n",
                                   model_.name, view(), model_.entity, model_.name, model_.entity);
    for (const auto& [column, in_view, feature, is_told] : inputs_)
        if (is_told)
            text += fmt::format("  - {{name: {}, description: {}, type: {}, from: {}, value: {}, transform: last, window: lifetime}}\n",
                                feature, in_quotes(column->label), column->kind == ColumnKind::category ? "text" : "number", event_type(),
                                feature);
    return text;
}

Status ModelInputs::declare(const std::filesystem::path& catalog_folder, Present present) const {
    if (!are_told()) return {};
    TRY_VOID(write_declaration(catalog_folder / "events" / (event_type() + ".yaml"), type_yaml(), present));
    return write_declaration(catalog_folder / "features" / (view() + ".yaml"), view_yaml(), present);
}

std::vector<std::string> ModelInputs::views() const {
    std::vector<std::string> views;
    for (const Input& input : inputs_)
        if (std::ranges::find(views, input.view) == views.end()) views.push_back(input.view);
    return views;
}

FeatureValue ModelInputs::value(const FieldValue& value, ColumnKind kind) {
    if (value.is_null()) return nullptr;
    if (kind == ColumnKind::time) return to_text(EventTime{static_cast<std::int64_t>(value.number())});
    if (value.is_text()) return std::string(value.text());
    return value.number();
}

Result<std::vector<std::optional<NamedFeatures>>> ModelInputs::read(FeatureReader& reader, std::span<const EntityId> entities) const {
    std::vector<std::optional<NamedFeatures>> found(entities.size());
    auto names = views();
    auto catalog = reader.catalog();
    if (std::ranges::any_of(names, [&](const std::string& name) { return !catalog->find(name); })) return found;
    NamedFeatures unknown;
    for (const Input& input : inputs_) unknown.emplace_back(input.column->name, nullptr);
    std::vector<FeatureReader::Question> questions;
    for (const EntityId& entity : entities)
        for (const std::string& name : names) questions.push_back({name, "default", entity.value()});
    TRY_VOID(reader.read(questions, [&](std::size_t question, const FeatureAnswer& answer, const AnswerOrigin&) -> Status {
        if (!answer.is_known) return {};
        auto& features = found[question / names.size()];
        if (!features) features = unknown;
        for (std::size_t i = 0; i < inputs_.size(); ++i) {
            if (inputs_[i].view != answer.view->name()) continue;
            if (auto slot = answer.view->slot(inputs_[i].feature))
                (*features)[i].second = value(answer.value(*slot), inputs_[i].column->kind);
        }
        return {};
    }));
    return found;
}

}  // namespace quoin
