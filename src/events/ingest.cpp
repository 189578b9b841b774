#include "events/ingest.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "events/ingest_counts.h"

namespace quoin {

struct Ingest::State {
    explicit State(Telemetry& telemetry) : counts(telemetry) {}
    mutable std::mutex mutex;
    std::shared_ptr<const EventTypes> types;  ///< under mutex
    IngestCounts counts;
};

Ingest::Ingest(EventLog& log, std::shared_ptr<const EventTypes> types, Telemetry& telemetry)
    : log_(log), state_(std::make_shared<State>(telemetry)) {
    state_->types = std::move(types);
    for (const auto& tally : log.tallies()) state_->counts.heard_of(tally.source, tally.last_time);
}

Ingest::~Ingest() = default;

void Ingest::replace_types(std::shared_ptr<const EventTypes> types) {
    std::lock_guard lock(state_->mutex);
    state_->types = std::move(types);
}

std::shared_ptr<const EventTypes> Ingest::types() const {
    std::lock_guard lock(state_->mutex);
    return state_->types;
}

namespace {

/// The moment by which an event's time is judged: of a replay, when it first arrived.
class Judging {
public:
    Judging(EventLog& log, const EventLog::Batch& batch) : log_(log), replay_(batch.replays.begin()), end_(batch.replays.end()) {}
    /// Call it for the events in order.
    EventTime moment(std::size_t event) {
        if (replay_ == end_ || replay_->event != event) return now_;
        auto letter = log_.dead_letter((replay_++)->dead_letter);
        return letter ? letter->received : now_;
    }

private:
    EventLog& log_;
    std::vector<EventLog::Replay>::const_iterator replay_, end_;
    EventTime now_ = log_.now();
};

}  // namespace

namespace {

/// A dead letter keeps of its names what an event may have at most.
void cut_names(Event& event) {
    auto cut = [](std::string& text, std::size_t bytes_max) { text.resize(std::min(text.size(), bytes_max)); };
    cut(event.source, event_limits::name_bytes);
    cut(event.id, event_limits::name_bytes);
    cut(event.subject, event_limits::name_bytes);
    cut(event.type, event_limits::type_bytes);
    if (event.tenant.value().size() > event_limits::tenant_bytes)
        event.tenant = TenantId{event.tenant.value().substr(0, event_limits::tenant_bytes)};
}

}  // namespace

void Ingest::submit(EventLog::Batch batch, EventLog::Done done) {
    auto types = this->types();
    Judging judging(log_, batch);
    std::vector<EventLog::Refusal> refusals;
    std::vector<IngestCounts::Place> places;
    places.reserve(batch.events.size());
    auto given = batch.refusals.begin();
    thread_local Record scratch;
    for (std::size_t i = 0; i < batch.events.size(); ++i) {
        auto& event = batch.events[i];
        auto moment = judging.moment(i);
        places.push_back(state_->counts.place(event, types->find(event.type) != nullptr));
        if (given != batch.refusals.end() && given->event == i) {
            refusals.push_back(std::move(*given++));
        } else if (auto checked = check_event(event, *types, moment, scratch); !checked) {
            refusals.push_back({i, std::move(checked.error().message)});
        } else {
            continue;
        }
        cut_names(event);
    }
    batch.refusals = std::move(refusals);
    log_.append(std::move(batch), [state = state_, places = std::move(places), done = std::move(done)](auto outcome) {
        if (outcome) state->counts.count(places, *outcome);
        done(std::move(outcome));
    });
}

Result<std::vector<Acceptance>> Ingest::submit_and_wait(EventLog::Batch batch) {
    return EventLog::outcome_of([&](EventLog::Done done) { submit(std::move(batch), std::move(done)); });
}

std::vector<Ingest::Freshness> Ingest::freshness() const {
    std::map<std::string, Freshness> by_source;
    for (const auto& tally : log_.tallies()) {
        auto& source = by_source[tally.source];
        source.source = tally.source;
        source.events += tally.events;
        source.last_time = std::max(source.last_time, tally.last_time);
        source.last_known = std::max(source.last_known, tally.last_known);
    }
    std::vector<Freshness> all;
    for (auto& [name, source] : by_source) all.push_back(std::move(source));
    return all;
}

}  // namespace quoin
