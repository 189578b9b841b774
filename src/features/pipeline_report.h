#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "features/quality.h"
#include "features/statistics.h"

namespace quoin {

/// One of the seven steps of the daily pipeline.
struct PipelineStep {
    enum class State { waiting, done, failed };
    std::string name;
    State state = State::waiting;
    unsigned attempts = 0;
    double seconds = 0;  ///< of the last attempt
    std::string note;    ///< what was done, or why it failed
};
const char* name_of(PipelineStep::State state);

/// The values of one view, as a run stored them.
struct PipelineView {
    std::string view, entity, file;  ///< file: under values/
    std::uint64_t rows = 0, features = 0;
};

/// A run of the daily pipeline: what it was asked for and how far it is. Kept as report.json, from which a run is taken up again.
struct PipelineReport {
    std::string run;  ///< "<day>-<sequence, 12 digits>"
    std::string day;
    std::uint64_t sequence = 0;  ///< events of the log up to this one
    EventTime as_of;
    std::string catalog;  ///< digest of what the features are computed by
    EventTime finished = EventTime::missing();
    std::vector<PipelineStep> steps;
    std::vector<PipelineView> views;
    std::vector<QualityResult> gates;
    std::uint64_t events = 0;

    bool is_finished() const { return !finished.is_missing(); }
    bool passed() const;  ///< every gate
    PipelineStep& step(std::string_view name);
};

std::string report_json_text(const PipelineReport& report);
/// Error: corrupt.
Result<PipelineReport> read_report(std::string_view json);
/// The quality report for people: steps, gates that were not passed, and every feature with its statistics.
std::string report_markdown(const PipelineReport& report, std::span<const FeatureStatistics> statistics);

/// Statistics as JSON, and back. Error: corrupt.
std::string statistics_text(std::span<const FeatureStatistics> statistics);
Result<std::vector<FeatureStatistics>> read_statistics(std::string_view json);

}  // namespace quoin
