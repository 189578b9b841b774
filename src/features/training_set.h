#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/progress.h"
#include "features/replay.h"

namespace quoin {

/// What a training set is made from: an entity frame (who, as of when, and any further columns such as labels) and the names of features.
struct TrainingSetOptions {
    std::filesystem::path frame;                        ///< CSV, Parquet or NDJSON
    std::filesystem::path output;                       ///< .parquet, .csv or .ndjson
    std::vector<std::string> features;                  ///< "view:feature" or a bare name; columns of the output bear the same names
    std::string time_column;                            ///< empty: event_timestamp, else the only column of times
    std::map<std::string, std::string> entity_columns;  ///< entity type → column; otherwise <entity>_id, else <entity>
    std::string tenant = "default";
    std::string tenant_column;    ///< empty: `tenant` for all rows
    bool wants_statuses = false;  ///< a column <feature>__status beside each
    bool uses_defaults = false;   ///< the declared default where nothing was ever seen
    std::size_t chunk_rows = 1'000'000;
    FeatureReplay::Options replay;
};

/// What came out, by feature in the order asked for.
struct TrainingSetReport {
    std::uint64_t rows = 0;
    struct FeatureCounts {
        std::string name;
        std::array<std::uint64_t, 4> by_status{};  ///< by FeatureStatus
    };
    std::vector<FeatureCounts> features;
    FeatureReplay::Counts events;
};

/// Entity frame in, point-in-time table out: the frame's columns and rows as they are, in their order, then the features as serving would
/// have answered at each row's time. The frame is read twice, a chunk at a time; memory as FeatureReplay for chunk_rows, and the
/// different entities of the frame (up to 20 million; beyond, the events of all entities are kept). Error: invalid and not_found name the
/// column or feature; a column of the frame with the name of a feature is invalid; as read_table, write_table, FeatureReplay.
Result<TrainingSetReport> make_training_set(std::shared_ptr<const FeatureCatalog> catalog, const EventSource& events,
                                            const TrainingSetOptions& options, Progress& progress = no_progress());

}  // namespace quoin
