#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "base/progress.h"
#include "features/pipeline_report.h"
#include "features/replay.h"

namespace quoin {

/// The steps of the daily pipeline, by the names of document 003, in their order.
inline constexpr std::array pipeline_steps = {"extract_raw_data",        "compute_behavioral_features", "compute_property_features",
                                              "compute_market_features", "validate_features",           "store_features",
                                              "update_statistics"};

struct PipelineOptions {
    std::filesystem::path folder;        ///< of the project's features: runs/, values/, statistics.db
    std::vector<FeaturePlace> features;  ///< empty: all of the catalog
    std::string day;                     ///< "2026-03-01"; with `sequence` the name of the run
    std::uint64_t sequence = 0;          ///< events of the log behind this one do not exist for the run
    EventTime as_of;                     ///< the values' time
    QualityRules rules;
    bool stores_anyway = false;  ///< also what did not pass its gates
    unsigned retries = 3;        ///< of a step that failed because something was unavailable
    Duration retry_delay = Duration::minutes(5);
    Duration time_out = Duration::hours(2);  ///< of the run; looked at between views and blocks of rows
    std::size_t block_rows = 2'000'000;
    FeatureReplay::Options replay;
    const Clock& clock = system_clock();
    std::function<void(Duration)> wait;  ///< between tries; empty: sleeps
};

/// Runs the daily pipeline of document 003 in its seven steps, or what is left of it: read the events, compute the features of every entity
/// (behavioural and all others, property, market), judge their quality, store them as Parquet (values/<view>/day=<day>/values.parquet),
/// update the statistics. A run that was interrupted goes on with the view it was at; one that has finished changes nothing and returns its
/// report. The same events and catalog give the same files, to the byte. Reports: runs/<run>/report.json and report.md.
/// Error: conflict (a gate did not pass; the report says which, nothing was stored), unavailable (after the retries; time-out),
/// invalid, corrupt (a report that nobody wrote).
Result<PipelineReport> run_pipeline(std::shared_ptr<const FeatureCatalog> catalog, const EventSource& events,
                                    const PipelineOptions& options, Progress& progress = no_progress());

}  // namespace quoin
