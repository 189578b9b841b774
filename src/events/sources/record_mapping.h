#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/event_time.h"
#include "base/field_value.h"
#include "events/event_type.h"
#include "events/sources/source_reader.h"
#include "events/sources/text_template.h"

namespace quoin {

/// Turns the records of one source into events of one type, as its declaration says. Immutable; thread-safe.
class RecordMapping {
public:
    /// `parameters`: names besides the record's values: since, polled, file, and those of `for_each`; times or texts.
    /// Error: invalid, with file and line: a template or expression that does not read well, a field that the event type does not have or
    /// is of another kind, a required field without a value.
    static Result<RecordMapping> make(const SourceDeclaration& source, std::shared_ptr<const EventTypes> types,
                                      std::vector<TemplateName> parameters);
    ~RecordMapping();
    RecordMapping(RecordMapping&&) noexcept;
    RecordMapping& operator=(RecordMapping&&) noexcept;

    /// What one poll knows besides its records. `seen` is what `repeats` compares with.
    struct Poll {
        EventTime now;
        EventTime since = EventTime::missing();  ///< events before it are left out; missing: none
        bool is_history = false;                 ///< events that were known before `now` are kept as known then
        std::vector<FieldValue> parameters;
        std::unordered_set<std::string> seen = {};
        std::unordered_map<std::string, double> previous = {};  ///< what `previous` gives
    };

    /// An event; or why the record is none, with what can be said of it: its raw bytes as data, and an id that is the same whenever the
    /// same record comes again.
    struct Mapped {
        Event event;
        std::string refusal;  ///< empty: an event
    };
    /// Nothing, if the record is left out: `where` is not true, or it happened before `since`. Error: too_large, if `repeats` or `previous`
    /// has to remember too much.
    Result<std::optional<Mapped>> map(const SourceRecord& record, Poll& poll) const;

    /// Some value depends on earlier records, so a poll must begin at the beginning.
    bool compares() const;

    struct Plan;

private:
    explicit RecordMapping(std::unique_ptr<const Plan> plan);
    std::unique_ptr<const Plan> plan_;
};

}  // namespace quoin
