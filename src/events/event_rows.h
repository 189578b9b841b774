#pragma once

#include <optional>
#include <string>
#include <vector>

#include "events/event_file.h"
#include "table/read.h"

namespace quoin {

/// Turns the rows of a table into events as an EventFile says. Immutable once made; the type outlives it.
class EventRows {
public:
    /// `type`: nullptr if the catalog has none of that name: then all columns are taken as they are. Error: invalid (a column that is named
    /// is not there).
    static Result<EventRows> make(const EventFile& file, const EventType* type, const Table& first);
    /// How to read the file so that texts stay texts.
    static ReadOptions read_options(const EventFile& file, const EventType* type);

    /// Appends the event of a row, with a refusal if it is none. `number`: of the row in the file, from 1.
    void append(const Table& table, std::size_t row, std::uint64_t number, EventLog::Batch& batch) const;
    const std::vector<std::string>& ignored_columns() const { return ignored_; }

private:
    EventRows(const EventFile& file, const EventType* type) : file_(file), type_(type) {}
    std::string payload(const Table& table, std::size_t row) const;
    Result<EventTime> time_at(const Table& table, std::size_t row, const std::string& column) const;

    EventFile file_;
    const EventType* type_;
    std::vector<std::string> ignored_;
};

/// The id of an event whose content names it: 32 hexadecimal digits.
std::string content_id(const Event& event);

/// Fills in what all events of a file have in common.
Event blank_event(const EventFile& file);

}  // namespace quoin
