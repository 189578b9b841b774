#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "base/telemetry.h"
#include "events/transport.h"

namespace quoin {

/// What a transport does at present; for /health.
struct TransportStatus {
    enum class State { starting, running, failing, stopped };
    std::string name, kind;
    State state = State::starting;
    std::string failure;                             ///< of the last attempt, or what is wrong although it goes on; empty: nothing
    EventTime failing_since = EventTime::missing();  ///< missing: it works
    EventTime last_record = EventTime::missing();    ///< when the last record came in
    std::uint64_t records = 0, stored = 0, duplicates = 0, dead_letters = 0, lost = 0;  ///< since the start
    std::optional<std::int64_t> lag;                                                    ///< records that wait there
};
const char* name_of(TransportStatus::State state);

/// Runs the declared transports, each on a thread of its own, until it is destroyed. Thread-safe. A transport that fails is called again
/// after a wait that grows up to `pause_max`; it never ends the others. Counts quoin_transport_records_total{transport,outcome}, and shows
/// quoin_transport_up, quoin_transport_lag and quoin_transport_last_record_timestamp_seconds{transport}.
class TransportRunner {
public:
    struct Options {
        Duration wait = Duration{200'000};  ///< of one step when nothing comes; stopping takes about as long
        Duration pause_first = Duration{200'000};
        Duration pause_max = Duration::seconds(15);
        const Clock& clock = system_clock();
    };
    /// Starts those that are enabled. `ingest` and `telemetry` outlive it. Error: invalid (a declaration), with nothing started.
    static Result<std::unique_ptr<TransportRunner>> start(const std::vector<TransportDeclaration>& declarations, Ingest& ingest,
                                                          Telemetry& telemetry, Options options);
    /// Changes over to these: what is declared as before goes on undisturbed, what is gone or changed is stopped, and then the rest is
    /// started. Error: invalid, with nothing changed.
    Status replace(const std::vector<TransportDeclaration>& declarations);
    /// Stops all: each ends its step, so that nothing is half taken in.
    ~TransportRunner();

    std::vector<TransportStatus> status() const;  ///< sorted by name
    /// Nothing, or the first transport that fails and why.
    Status health() const;

private:
    struct State;
    explicit TransportRunner(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
