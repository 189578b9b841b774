#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "control/project.h"

namespace quoin {

namespace limits {
constexpr std::size_t replayed_records_max = 1'000'000;
constexpr std::size_t replay_failures_named = 20;
}  // namespace limits

struct ReplayOptions {
    std::size_t records = 10'000;  ///< drawn without replacement; fewer if there are fewer
    std::uint64_t seed = 1;
    std::string model;  ///< empty: of all
};

/// Past answers, computed again from what their records hold: the question with every input, and the version that answered.
struct ReplayReport {
    struct Version {
        std::string model, version, artifact, prediction_type;
        std::uint64_t equal = 0, different = 0, not_replayable = 0;
    };
    struct Failure {
        std::string id, model, version, reason;
    };
    std::uint64_t recorded = 0;                                           ///< that were there to be drawn
    std::vector<Version> versions;                                        ///< by model, version and type of prediction
    std::vector<Failure> failures;                                        ///< the first replay_failures_named
    EventTime first = EventTime::missing(), last = EventTime::missing();  ///< when the drawn ones were asked

    std::uint64_t equal() const;
    std::uint64_t different() const;
    std::uint64_t not_replayable() const;  ///< the version or the record cannot be read
};

/// Draws records uniformly (Vitter's algorithm R, 1985: the same log and seed give the same ones) and compares each with its replay, byte
/// for byte. One version of a model is in memory at a time. Error: as RecordLog::open and scan; not_found, if there is no record;
/// too_large.
Result<ReplayReport> replay_records(Project& project, const ReplayOptions& options, Progress& progress = no_progress());

}  // namespace quoin
