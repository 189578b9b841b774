#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "features/catalog.h"

namespace quoin {

/// The catalog of a project on disk, and whether somebody has changed it since. For one thread at a time.
class CatalogFolder {
public:
    explicit CatalogFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

    const std::filesystem::path& path() const { return folder_; }
    /// The declarations as they are now. Error: invalid (with file and line), unavailable.
    Result<std::shared_ptr<const FeatureCatalog>> load();
    /// Files have come, gone or changed since load() was called, whether it succeeded or not.
    bool has_changed() const;

private:
    std::filesystem::path folder_;
    std::string stamp_;
};

}  // namespace quoin
