#include "events/ingest_counts.h"

namespace quoin {
namespace {

double seconds_of(EventTime time) { return static_cast<double>(time.value()) / 1e6; }

/// The gauge shows the latest event; two threads may tell of theirs at once, and a scrape in between forgives it.
void raise(Gauge& gauge, EventTime time) {
    if (!time.is_missing() && seconds_of(time) > gauge.value()) gauge.set(seconds_of(time));
}

Counter& counter_of(const IngestCounts::Outcomes& outcomes, Acceptance::Outcome outcome) {
    switch (outcome) {
        case Acceptance::Outcome::stored: return *outcomes.stored;
        case Acceptance::Outcome::duplicate: return *outcomes.duplicates;
        case Acceptance::Outcome::dead_letter: break;
    }
    return *outcomes.dead_letters;
}

}  // namespace

IngestCounts::Outcomes IngestCounts::outcomes(std::string_view name, std::string_view help, Label label) {
    auto counter = [&](const char* outcome) { return &telemetry_.counter(name, help, {label, {"outcome", outcome}}); };
    return {counter("stored"), counter("duplicate"), counter("dead_letter")};
}

IngestCounts::Outcomes& IngestCounts::type_of(const std::string& type) {
    if (auto found = types_.find(type); found != types_.end()) return found->second;
    return types_[type] = outcomes("quoin_events_total", "Events that came in, by what became of them.", {"type", type});
}

IngestCounts::Source& IngestCounts::source_of(const std::string& source) {
    if (auto found = sources_.find(source); found != sources_.end()) return found->second;
    if (sources_.size() >= sources_max && source != "other") return source_of("other");
    Source made{outcomes("quoin_source_events_total", "Events that came in, by source.", {"source", source}),
                &telemetry_.gauge("quoin_source_last_event_timestamp_seconds", "Time of the latest event stored.", {{"source", source}})};
    return sources_[source] = made;
}

IngestCounts::Place IngestCounts::place(const Event& event, bool is_known_type) {
    std::lock_guard lock(mutex_);
    return {&type_of(is_known_type ? event.type : "unknown"), &source_of(event.source), event.time};
}

void IngestCounts::count(std::span<const Place> places, std::span<const Acceptance> outcomes) {
    for (std::size_t i = 0; i < places.size() && i < outcomes.size(); ++i) {
        counter_of(*places[i].type, outcomes[i].outcome).add();
        counter_of(places[i].source->outcomes, outcomes[i].outcome).add();
        if (outcomes[i].outcome == Acceptance::Outcome::stored) raise(*places[i].source->last_event, places[i].time);
    }
}

void IngestCounts::heard_of(const std::string& source, EventTime last_event) {
    std::lock_guard lock(mutex_);
    raise(*source_of(source).last_event, last_event);
}

}  // namespace quoin
