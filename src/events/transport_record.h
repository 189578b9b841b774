#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/event_log.h"
#include "events/transport.h"

namespace quoin {

/// One record as a transport brought it. Nothing is owned.
struct TransportRecord {
    std::string place;                      ///< what names it within the transport for ever, e.g. "listings/3/4711@1767225600000"
    std::optional<std::string_view> value;  ///< nothing: it has none
    std::vector<std::pair<std::string_view, std::string_view>> headers;  ///< names as they came, `ce_id` and `content-type` among them
    EventTime timestamp = EventTime::missing();                          ///< when it was made, as the transport says
};

/// Turns records into events by what the declaration says. Immutable; thread-safe.
class RecordReader {
public:
    explicit RecordReader(const TransportDeclaration& declaration);
    /// Appends the event to the batch; if the record is none, a refusal with its raw bytes, so that it becomes a dead letter: source and
    /// id are then the transport and the record's place. Never fails.
    void read(const TransportRecord& record, EventLog::Batch& batch) const;

private:
    Result<Event> event_of(const TransportRecord& record) const;
    Result<Event> plain_event(const TransportRecord& record) const;
    Result<Event> cloud_event(const TransportRecord& record) const;

    std::string transport_;  ///< "/kafka/listings"
    TransportDeclaration::Format format_;
    TransportDeclaration::PlainJson json_;
    TenantId tenant_;
};

}  // namespace quoin
