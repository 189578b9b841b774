#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "features/published_view.h"
#include "features/state_archive.h"
#include "remote/object_store.h"

namespace quoin {

/// Writes one day of the archive: all entities of all views, tenant by tenant in the order of their ids. For one use.
class StateExport {
public:
    struct Target {
        ObjectStore& store;
        std::string space;
        std::filesystem::path scratch;
        std::size_t rows_per_part_max = 0, bytes_per_part_max = 0;
    };
    StateExport(const PublishedView& view, Target target) : view_(view), target_(std::move(target)) {}

    /// What was written, with the day's object in place. Error: as ParquetStates::export_day.
    Result<ArchiveDay> run();

private:
    struct Entity;
    Status export_tenant(const StateCodec& codec, const std::string& tenant, std::span<const std::string> ids);
    Result<std::vector<Entity>> copy(const StateCodec& codec, const std::string& tenant, std::span<const std::string> ids);
    Status put(const Table& table, ArchivePart part, std::size_t number);
    Status remove_former();

    PublishedView view_;
    Target target_;
    std::shared_ptr<const StateCodecs> codecs_;
    const TextTable* texts_ = nullptr;  ///< of all views
    ArchiveDay day_;
};

}  // namespace quoin
