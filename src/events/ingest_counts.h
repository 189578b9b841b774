#pragma once

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/telemetry.h"
#include "events/event_log.h"

namespace quoin {

/// What became of the events, by type and by source, for the metrics. At most `sources_max` sources have a label of their own, the others
/// share "other"; types that the catalog does not know share "unknown". Thread-safe.
class IngestCounts {
public:
    static constexpr std::size_t sources_max = 200;
    explicit IngestCounts(Telemetry& telemetry) : telemetry_(telemetry) {}

    struct Outcomes {
        Counter *stored, *duplicates, *dead_letters;
    };
    struct Source {
        Outcomes outcomes;
        Gauge* last_event;  ///< seconds since 1970
    };
    /// Where one event is counted.
    struct Place {
        Outcomes* type = nullptr;
        Source* source = nullptr;
        EventTime time;
    };
    Place place(const Event& event, bool is_known_type);
    void count(std::span<const Place> places, std::span<const Acceptance> outcomes);
    /// What the log knows of a source from before.
    void heard_of(const std::string& source, EventTime last_event);

private:
    Outcomes outcomes(std::string_view name, std::string_view help, Label label);
    Source& source_of(const std::string& source);
    Outcomes& type_of(const std::string& type);

    Telemetry& telemetry_;
    std::mutex mutex_;
    std::map<std::string, Outcomes, std::less<>> types_;  // their values do not move
    std::map<std::string, Source, std::less<>> sources_;
};

}  // namespace quoin
