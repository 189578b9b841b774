#pragma once

#include <memory>
#include <string>

#include "base/duration.h"
#include "base/telemetry.h"
#include "features/state_store_parquet.h"

namespace quoin {

/// Exports to the cold tier again and again, on a thread of its own: when the last day in the archive is older than `every`, also across
/// restarts. Shows quoin_feature_export_timestamp_seconds and counts quoin_feature_export_failures_total{store}. Thread-safe.
class DailyExport {
public:
    struct Options {
        std::string name = "cold";  ///< label of the metrics
        Duration every = Duration::days(1);
        Duration look_every = Duration::minutes(1);
        Duration pause_first = Duration::seconds(10), pause_max = Duration::minutes(10);  ///< between attempts that fail
    };
    /// view.online and `telemetry` outlive it.
    static std::unique_ptr<DailyExport> start(PublishedView view, std::shared_ptr<ParquetStates> archive, Telemetry& telemetry,
                                              Options options);
    /// Waits for an export that is under way.
    ~DailyExport();
    /// Nothing, or why the last attempt failed.
    Status health() const;

private:
    struct State;
    explicit DailyExport(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
