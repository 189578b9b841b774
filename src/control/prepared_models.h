#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "prediction/live_model.h"
#include "registry/registry.h"
#include "store/blobs.h"

namespace quoin {

/// Models ready to answer, kept between starts: a file per artifact and build of the program in <project>/prepared, mapped and used where
/// it lies (docs/formats/array-file.md). A cache: the folder may be removed at any time, and what is missing, damaged or another build's
/// is made again. Thread-safe, and safe across processes.
class PreparedModels {
public:
    PreparedModels(std::filesystem::path folder, const BlobStore& blobs) : folder_(std::move(folder)), blobs_(&blobs) {}

    /// The version, from its prepared file or else from its artifact, which is then prepared for the next time.
    /// Error: not_found, corrupt (the artifact).
    Result<std::shared_ptr<const LiveModel>> load(const ModelVersion& version) const;

private:
    std::filesystem::path file_of(const std::string& artifact) const;
    Result<std::shared_ptr<const LiveModel>> restore(const ModelVersion& version) const;
    Status keep(const LiveModel& model, const MappedFile& artifact) const;
    void remove_oldest() const;

    std::filesystem::path folder_;
    const BlobStore* blobs_;
};

}  // namespace quoin
