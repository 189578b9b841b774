#include "events/event_type.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/parallel.h"
#include "base/yaml.h"

namespace quoin {
namespace {

constexpr std::size_t fields_max = 256, name_bytes_max = 128, types_max = 4096;
constexpr std::array type_names = {"number", "integer", "text", "boolean", "time"};

bool is_word(std::string_view text) {
    return !text.empty() && text.size() <= name_bytes_max && text[0] >= 'a' && text[0] <= 'z' &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

/// Words with dots between them.
bool is_type_name(std::string_view text) {
    if (text.size() > name_bytes_max) return false;
    for (;;) {
        auto dot = text.find('.');
        if (!is_word(text.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

Status check_field(const EventField& field, const YamlKeys& keys) {
    auto refuse = [&](std::string_view what) -> Status {
        return fail_field(ErrorKind::invalid, field.name, "{}: field '{}': {}", keys.place(), field.name, what);
    };
    if (!is_word(field.name)) return refuse("a name has lower-case letters, digits and _");
    if (field.name == "event_time") return refuse("event_time is the event's own time; choose another name");
    bool numeric = field.type == EventField::Type::number || field.type == EventField::Type::integer;
    if (!numeric && (field.lowest || field.highest)) return refuse("min and max are for numbers and integers");
    if (field.lowest && field.highest && *field.lowest > *field.highest) return refuse("min is above max");
    if (field.type != EventField::Type::text && !field.one_of.empty()) return refuse("one_of is for texts");
    if (std::set(field.one_of.begin(), field.one_of.end()).size() != field.one_of.size()) return refuse("one_of has a text twice");
    if (std::ranges::find(field.one_of, std::string()) != field.one_of.end()) return refuse("one_of has an empty text");
    return {};
}

Result<EventField> read_field(const std::string& name, const Yaml& node, std::string_view where) {
    EventField field{.name = name};
    TRY(keys, YamlKeys::of(node, std::string(where)));
    std::string type;
    double lowest = 0, highest = 0;
    TRY_VOID(keys.text("type", type, true));
    TRY_VOID(keys.truth("required", field.required));
    TRY_VOID(keys.text("description", field.description));
    TRY_VOID(keys.text("unit", field.unit));
    TRY_VOID(keys.number("min", lowest));
    TRY_VOID(keys.number("max", highest));
    TRY_VOID(keys.texts("one_of", field.one_of));
    TRY_VOID(keys.nothing_else());
    if (keys.node("min") != nullptr) field.lowest = lowest;
    if (keys.node("max") != nullptr) field.highest = highest;
    auto found = std::ranges::find(type_names, type);
    if (found == type_names.end())
        return fail_field(ErrorKind::invalid, "type", "{}: '{}' is no type of a field; known are {}", keys.place("type"), type,
                          fmt::join(type_names, ", "));
    field.type = static_cast<EventField::Type>(found - type_names.begin());
    TRY_VOID(check_field(field, keys));
    return field;
}

Status read_fields(const YamlKeys& keys, const Yaml* node, std::string_view where, EventType& type) {
    if (node == nullptr || node->kind != Yaml::Kind::map || node->entries.empty())
        return fail_field(ErrorKind::invalid, "fields", "{}: 'fields' must have a line 'name: {{type: …}}' for each field", keys.place());
    if (node->entries.size() > fields_max)
        return fail_field(ErrorKind::invalid, "fields", "{}: {} fields; {} are allowed", keys.place("fields"), node->entries.size(),
                          fields_max);
    for (const auto& [name, value] : node->entries) {
        TRY(field, read_field(name, value, where));
        type.fields.push_back(std::move(field));
    }
    return {};
}

Status read_entities(const YamlKeys& keys, const Yaml* node, EventType& type) {
    if (node == nullptr || node->kind != Yaml::Kind::map || node->entries.empty())
        return fail_field(ErrorKind::invalid, "entities", "{}: 'entities' must name the field of each entity, such as 'user: user_id'",
                          keys.place());
    for (const auto& [entity, value] : node->entries) {
        auto slot = value.kind == Yaml::Kind::scalar ? type.slot(value.scalar) : std::nullopt;
        if (!is_word(entity) || !slot || type.fields[*slot].type != EventField::Type::text)
            return fail_field(ErrorKind::invalid, "entities", "{}: entity '{}' needs the name of a field of type text",
                              keys.place("entities"), entity);
        type.entities.emplace(entity, value.scalar);
    }
    return {};
}

Result<EventType> read_type(const Yaml& document, std::string_view where) {
    TRY(keys, YamlKeys::of(document, std::string(where)));
    EventType type;
    TRY_VOID(keys.text("type", type.name, true));
    TRY_VOID(keys.text("description", type.description, true));
    TRY_VOID(keys.duration("lateness", type.lateness));
    TRY_VOID(keys.duration("future", type.future));
    TRY_VOID(read_fields(keys, keys.node("fields"), where, type));
    TRY_VOID(read_entities(keys, keys.node("entities"), type));
    TRY_VOID(keys.nothing_else());
    if (!is_type_name(type.name))
        return fail_field(ErrorKind::invalid, "type", "{}: the type '{}' must be lower-case words (letters, digits, _) with dots between",
                          keys.place("type"), type.name);
    return type;
}

Result<EventType> read_type_file(const std::filesystem::path& file) {
    TRY(document, read_yaml(file.string()));
    TRY(type, read_type(document, file.string()));
    if (type.name != file.stem())
        return fail(ErrorKind::invalid, "{}: the file declares '{}'; name file and type alike", file.string(), type.name);
    return type;
}

}  // namespace

Result<EventType> EventType::parse(std::string_view yaml, std::string_view where) {
    TRY(document, parse_yaml(yaml, where));
    return read_type(document, where);
}

std::optional<std::uint16_t> EventType::slot(std::string_view field) const {
    auto found = std::ranges::find(fields, field, &EventField::name);
    if (found == fields.end()) return std::nullopt;
    return static_cast<std::uint16_t>(found - fields.begin());
}

Result<EventTypes> EventTypes::of(std::vector<EventType> types) {
    EventTypes made;
    std::ranges::sort(types, {}, &EventType::name);
    for (auto& type : types) {
        if (!made.types_.empty() && made.types_.back()->name == type.name)
            return fail(ErrorKind::invalid, "the event type '{}' is declared twice", type.name);
        made.types_.push_back(std::make_shared<const EventType>(std::move(type)));
    }
    return made;
}

Result<EventTypes> EventTypes::load(const std::filesystem::path& folder) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    if (error) return fail(ErrorKind::unavailable, "the event types in '{}' cannot be read: {}", folder.string(), error.message());
    if (files.size() > types_max)
        return fail(ErrorKind::too_large, "'{}' has {} event types; {} are allowed", folder.string(), files.size(), types_max);
    std::ranges::sort(files);
    std::vector<Result<EventType>> read(files.size());
    parallel_for(files.size(), [&](std::size_t i) { read[i] = read_type_file(files[i]); });
    std::vector<EventType> types;
    for (auto& type : read) {
        if (!type) return tl::unexpected(std::move(type.error()));
        types.push_back(std::move(*type));
    }
    return of(std::move(types));
}

const EventType* EventTypes::find(std::string_view name) const {
    auto found = std::ranges::lower_bound(types_, name, {}, [](const auto& type) { return std::string_view(type->name); });
    return found != types_.end() && (*found)->name == name ? found->get() : nullptr;
}

}  // namespace quoin
