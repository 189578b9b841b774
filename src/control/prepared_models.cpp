#include "control/prepared_models.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "base/log.h"
#include "store/array_file.h"
#include "store/crc32c.h"

namespace quoin {
namespace {

constexpr std::size_t files_max = 64;  ///< of all versions and builds; those not used for longest go first

/// What the artifact was when its SHA-256 was last compared. The checksum is 25 times as fast to compute.
struct ArtifactMark {
    std::uint64_t bytes;
    std::uint32_t checksum, zero;
    bool operator==(const ArtifactMark&) const = default;
};

ArtifactMark mark_of(const MappedFile& artifact) { return {artifact.bytes().size(), crc32c(artifact.text()), 0}; }

}  // namespace

std::filesystem::path PreparedModels::file_of(const std::string& artifact) const {
    return folder_ / fmt::format("{}.{}", artifact, build_id().substr(0, 16));
}

Result<std::shared_ptr<const LiveModel>> PreparedModels::load(const ModelVersion& version) const {
    auto kept = restore(version);
    if (kept) return kept;
    if (kept.error().kind == ErrorKind::corrupt)
        log_event(LogLevel::warning, "prepared_model_not_used", {{"model", version.model}, {"reason", kept.error().message}});
    TRY(artifact, blobs_->get(version.artifact));
    TRY(trained, TrainedModel::load(artifact.bytes()));
    TRY(live, LiveModel::make(std::make_shared<const TrainedModel>(std::move(trained)), version.version_text(), version.artifact,
                              version.created));
    if (auto written = keep(*live, artifact); !written)
        log_event(LogLevel::warning, "prepared_model_not_kept", {{"model", version.model}, {"reason", written.error().message}});
    return live;
}

Result<std::shared_ptr<const LiveModel>> PreparedModels::restore(const ModelVersion& version) const {
    auto file = file_of(version.artifact);
    TRY(prepared, ArrayFile::open(file));
    TRY(mark, prepared.array<ArtifactMark>("artifact"));
    TRY(artifact, MappedFile::open(blobs_->path(version.artifact)));
    if (mark.size() != 1 || mark[0] != mark_of(artifact))
        return fail(ErrorKind::corrupt, "'{}' was prepared from other bytes than the artifact has", file.string());
    TRY(trained, TrainedModel::restore(artifact.bytes(), prepared));
    std::error_code ignored;
    std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now(), ignored);
    return LiveModel::restore(std::make_shared<const TrainedModel>(std::move(trained)),
                              {version.version_text(), version.artifact, version.created}, prepared);
}

Status PreparedModels::keep(const LiveModel& model, const MappedFile& artifact) const {
    std::error_code failure;
    std::filesystem::create_directories(folder_, failure);
    if (failure) return fail(ErrorKind::unavailable, "the folder '{}' cannot be made: {}", folder_.string(), failure.message());
    remove_oldest();
    ArrayFileWriter writer;
    writer.add("artifact", Array(std::vector{mark_of(artifact)}));
    model.save_prepared(writer);
    return writer.write(file_of(model.artifact()));
}

void PreparedModels::remove_oldest() const {
    std::vector<std::pair<std::filesystem::file_time_type, std::filesystem::path>> files;
    std::error_code gone;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, gone))
        files.emplace_back(entry.last_write_time(gone), entry.path());
    std::ranges::sort(files);
    for (std::size_t i = 0; i + files_max <= files.size(); ++i) std::filesystem::remove(files[i].second, gone);
}

}  // namespace quoin
