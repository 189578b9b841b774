#pragma once

#include <cstddef>
#include <cstdint>

#include "base/event_time.h"
#include "base/result.h"
#include "queueing/multi_server_queue.h"
#include "table/table.h"

namespace quoin {

namespace limits {
constexpr std::size_t simulated_weeks_max = 520, simulated_requests_max = 10'000'000;
}

struct PlatformOptions {
    std::uint64_t seed = 20260101;
    EventTime start = from_civil(2024, 7, 1);  ///< a Monday
    std::size_t weeks = 26;
    std::size_t requests = 24'000;
    WaitTarget target = {.share = 0.01, .service_times = 1};  ///< of the truth's workers
};

/// The telemetry of a platform that never ran, with what is true of it. The model behind it: docs/guides/simulated-market.md.
struct PlatformTelemetry {
    /// One row per hour, oldest first: time, ingest_rate (events/s), cpu (share of the workers' time), p50 and p99 (ms), error_rate, infra,
    /// calendar_events (scheduled for the next hour), workers, queue_depth (mean events waiting), and the label
    /// next_busy_per_thousand: busy workers of the next hour for each 1000 events/s of this one.
    Table hours;
    /// Row for row with hours: time, expected_log_growth (of the ingest rate to the next hour, given everything up to now and the calendar)
    /// and next_workers, the fewest that keep `target` in the next hour.
    Table hour_truth;
    /// One row per sampled request, oldest first: time, load, infra, request_rate (per s), error_rate, and the label latency_ms.
    Table requests;
    /// Row for row with requests: time, p50, p95, p99 and p999 of the law that the latency was drawn from, in ms.
    Table request_truth;
};

/// Load has a daily and a weekly cycle, a trend, scheduled events, bursts that die away and noise; work per event rises with the pressure
/// on the infrastructure, and an autoscaler that knows the load but not that pressure keeps the workers' utilisation near 0.7. Same
/// options, same tables on every machine. Error: invalid, for weeks (1 to limits::simulated_weeks_max) or requests outside their limits.
Result<PlatformTelemetry> simulate_platform(const PlatformOptions& options = {});

}  // namespace quoin
