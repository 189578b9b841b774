#pragma once

#include <memory>
#include <string>

#include "base/telemetry.h"
#include "events/lake.h"

namespace quoin {

/// Keeps a lake up to date beside a running log, on a thread of its own: looks every `every`, and writes what is full or older than
/// `waiting`. After a failure it tries again, at growing distances; the log keeps everything meanwhile. Counts
/// quoin_lake_events_total and quoin_lake_bytes_total, and shows quoin_lake_last_sequence.
class LakeWriter {
public:
    struct Options {
        std::string address;  ///< a folder or s3://bucket/prefix
        Duration waiting = Duration::minutes(15);
        Duration every = Duration::minutes(1);
        Lake::Options lake = {};
    };
    /// `log` and `telemetry` outlive it. Error: invalid (the address, or credentials that are missing), unavailable (a folder).
    static Result<std::unique_ptr<LakeWriter>> start(EventLog& log, Telemetry& telemetry, Options options);
    /// Stops after the range that is being written.
    ~LakeWriter();

    /// Nothing, or why the last attempt failed; for /health.
    Status health() const;
    std::uint64_t last_sequence() const;  ///< up to which the lake holds the log, as far as this writer knows

private:
    struct State;
    explicit LakeWriter(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
