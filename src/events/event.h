#pragma once

#include <cstdint>
#include <string>

#include "base/entity_id.h"
#include "base/event_time.h"
#include "base/tenant_id.h"

namespace quoin {

/// One thing that happened, with the context attributes of CloudEvents 1.0. Value type.
struct Event {
    std::string source;  ///< who reported it, a URI reference, e.g. "/feeds/fred"; together with `id` it names the event once and for all
    std::string id;
    std::string type;     ///< a type of the catalog, e.g. "document.accessed"
    std::string subject;  ///< what it is about; may be empty: the entities are fields of the payload
    TenantId tenant{"default"};
    EventTime time;           ///< when it happened
    std::string data = "{}";  ///< the payload, one JSON object
    /// When it became known here (bitemporal): set by the log, strictly increasing along it. History that is imported as of an earlier
    /// day keeps the day on which it was known then (`is_history`).
    EventTime known = EventTime::missing();
    bool is_history = false;
    std::uint64_t sequence = 0;  ///< its place in the log, from 1; 0 before it is there

    /// From when on it counts: not before it happened, not before it was known.
    EventTime effective() const { return known > time ? known : time; }
};

}  // namespace quoin
