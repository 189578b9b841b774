#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/field_value.h"
#include "base/result.h"
#include "events/event.h"

namespace quoin {

/// A field of a payload as the catalog declares it.
struct EventField {
    enum class Type { number, integer, text, boolean, time };
    std::string name;
    Type type = Type::number;
    std::string description, unit;
    bool required = false;
    std::optional<double> lowest, highest;  ///< numbers, inclusive
    std::vector<std::string> one_of;        ///< texts; empty: any
    FieldKind kind() const { return type == Type::text ? FieldKind::text : FieldKind::number; }
};

/// A payload by the slots of its type's fields. The texts point into the JSON that the record was decoded from, or into `arena`.
struct Record {
    std::vector<FieldValue> fields;
    std::string arena;  ///< texts that had escapes; keep it unchanged while `fields` is used
};

/// A type of event: one file catalog/events/<type>.yaml (docs/formats/events.md). Immutable; thread-safe.
class EventType {
public:
    std::string name;  ///< "document.accessed"
    std::string description;
    std::map<std::string, std::string> entities;  ///< entity type → the field that holds its id, e.g. user → user_id
    std::vector<EventField> fields;
    Duration lateness = Duration::days(30);  ///< an event older than this when it arrives is a dead letter, history aside
    Duration future = Duration::minutes(5);  ///< an event further ahead of the clock than this is a dead letter

    /// Reads one declaration. `where` names it in errors. Error: invalid, naming the line.
    static Result<EventType> parse(std::string_view yaml, std::string_view where);
    /// Slot of a field; nothing if there is none of that name.
    std::optional<std::uint16_t> slot(std::string_view field) const;
    /// Parses and validates a payload into `record`, whose storage is reused. Fields that are not declared are kept in the log and
    /// ignored here. Error: invalid, naming the field, its value and what is allowed. Allocates only for texts with escapes.
    Status decode(std::string_view data, Record& record) const;
};

/// The event types of a catalog, by name. Immutable; replaced as a whole when a file changes.
class EventTypes {
public:
    /// Reads every *.yaml of the folder. Error: invalid, naming file and line.
    static Result<EventTypes> load(const std::filesystem::path& folder);
    /// Error: invalid, if two have one name.
    static Result<EventTypes> of(std::vector<EventType> types);
    const EventType* find(std::string_view name) const;
    std::span<const std::shared_ptr<const EventType>> all() const { return types_; }  ///< sorted by name

private:
    std::vector<std::shared_ptr<const EventType>> types_;
};

}  // namespace quoin
