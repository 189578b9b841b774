#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/duration.h"
#include "features/published_view.h"
#include "features/state_store.h"
#include "remote/object_store.h"

namespace quoin {

/// The cold tier: all states, and the finished values as of that moment, once a day as Parquet files in a folder or in S3, by day, tenant
/// and view; readable by anything that reads Parquet. States are read back from the latest day. docs/formats/feature-state.md.
/// Thread-safe; one export at a time, also between processes.
class ParquetStates : public FeatureStateSource {
public:
    struct Options {
        std::string address;  ///< a folder, or s3://bucket/prefix
        std::string space = "default";
        Duration keep = Duration::days(400);  ///< of a day; 0: for good
        std::filesystem::path scratch;        ///< a folder on a local disk; empty: the system's temporary one
        std::size_t rows_per_part_max = 20'000;
        std::size_t bytes_per_part_max = 8u << 20;   ///< of records: one entity that is looked for costs reading a part
        std::size_t cached_bytes_max = 256u << 20;   ///< of records that were read and are kept in memory
        Duration look_every = Duration::minutes(1);  ///< for a new day, while reading
        const Clock& clock = system_clock();
    };
    /// Error: invalid (the address, the space), unavailable.
    static Result<std::unique_ptr<ParquetStates>> open(Options options);
    /// Over a store that is open already.
    static Result<std::unique_ptr<ParquetStates>> open(std::shared_ptr<ObjectStore> store, Options options);
    ~ParquetStates() override;

    struct Exported {
        std::string day;
        std::uint64_t entities = 0, parts = 0, bytes = 0;
    };
    /// Writes the day of view.event_now(); what was written of it before is replaced as a whole. Each row is exact as of its own _as_of;
    /// events wait some 0.5 ms now and then. Error: unavailable, conflict (the catalog changed meanwhile: again).
    Result<Exported> export_day(const PublishedView& view);
    /// Removes the days that are older than `keep`, with their parts. Returns how many.
    Result<std::size_t> purge();

    Result<std::vector<std::optional<std::string>>> get_many(std::span<const StateKey> keys) override;
    Status scan(std::string_view view, std::string_view computation, const Visit& visit) override;
    Result<std::optional<StateWatermark>> watermark() override;
    const std::string& kind() const override;
    const std::string& where() const override;

private:
    struct State;
    explicit ParquetStates(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
