#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/duration.h"
#include "base/progress.h"
#include "features/feature_columns.h"
#include "features/replay.h"

namespace quoin {

/// The rows of some entities as a table: tenant, <entity>_id, as_of, then the features..
struct ExportedRows {
    const EntityFrame& frame;
    const FeatureAnswers& answers;
    std::vector<FeaturePlace> features;
    bool has_view_names = false;  ///< columns are called view:feature
    bool wants_statuses = false;
    bool uses_defaults = false;
};
Result<Table> exported_table(const ExportedRows& rows, const std::vector<std::size_t>& kept);

struct ExportOptions {
    std::vector<FeaturePlace> features;  ///< all about one type of entity
    std::filesystem::path output;        ///< .parquet, .csv or .ndjson
    EventTime from, to;                  ///< as of `from`, `from` + `every`, … not after `to`
    Duration every = Duration::days(1);
    bool wants_statuses = false, uses_defaults = false;
    std::size_t block_rows = 2'000'000;
    FeatureReplay::Options replay;
};
struct ExportReport {
    std::uint64_t rows = 0, entities = 0, times = 0;
};

/// Writes the features of every entity that was ever seen, as of one or several times (a backfill); an entity has no row before its
/// first event. Rows are sorted by tenant, id and time. Error: invalid (features about several types of entity, no times, more than
/// 100,000 of them), as FeatureReplay and write_table.
Result<ExportReport> export_features(std::shared_ptr<const FeatureCatalog> catalog, const EventSource& events, const ExportOptions& options,
                                     Progress& progress = no_progress());

}  // namespace quoin
