#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/telemetry.h"
#include "events/event_log.h"
#include "events/event_type.h"

namespace quoin {

/// The one door through which events come in, whatever brought them (HTTP, Kafka, Redis Streams, files, sources): checks each against its
/// type and hands the batch to the log. What fails goes to the dead letters with its reason, in the same commit, so that a transport may
/// move its position on. Thread-safe.
class Ingest {
public:
    /// `log` and `telemetry` outlive it. Counts in quoin_events_total{type,outcome} and quoin_source_events_total{source,outcome};
    /// freshness in quoin_source_last_event_timestamp_seconds{source}.
    Ingest(EventLog& log, std::shared_ptr<const EventTypes> types, Telemetry& telemetry);
    ~Ingest();

    /// The types that the next events are checked against; batches on their way keep the former ones.
    void replace_types(std::shared_ptr<const EventTypes> types);
    std::shared_ptr<const EventTypes> types() const;
    EventLog& log() { return log_; }

    /// Checks every event and appends the batch. Events that the caller has refused already (Batch::refusals: a record that could not even
    /// be parsed, with its raw bytes as `data`) are not checked again. `done` is called once with one acceptance per event, as
    /// EventLog::append does; an error means that nothing of the batch is stored and it can be handed in again.
    void submit(EventLog::Batch batch, EventLog::Done done);
    Result<std::vector<Acceptance>> submit_and_wait(EventLog::Batch batch);

    /// When each source was last heard of; survives a restart. For SLAs: age = now − last_known.
    struct Freshness {
        std::string source;
        std::uint64_t events = 0;
        EventTime last_time = EventTime::missing();   ///< the latest event time
        EventTime last_known = EventTime::missing();  ///< when the latest event arrived
    };
    std::vector<Freshness> freshness() const;  ///< sorted by source

private:
    struct State;
    EventLog& log_;
    std::shared_ptr<State> state_;
};

/// Why an event cannot be stored; nothing if it can. `now`: the log's clock, or for a replay the moment at which the event first arrived.
/// The rules: names and sizes (event_limits), a known type, a payload that its type accepts, a time that is not missing, not more than
/// `future` ahead of `now`, and, unless it is history, not more than `lateness` behind it; history was known no later than `now`.
Status check_event(const Event& event, const EventTypes& types, EventTime now, Record& scratch);

/// Beyond these an event is refused.
namespace event_limits {
inline constexpr std::size_t name_bytes = 1024;  ///< each of source, id, subject
inline constexpr std::size_t type_bytes = 256;
inline constexpr std::size_t tenant_bytes = 128;
inline constexpr std::size_t data_bytes = 1u << 20;
}  // namespace event_limits

}  // namespace quoin
