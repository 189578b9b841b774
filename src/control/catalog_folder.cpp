#include "control/catalog_folder.h"

#include <algorithm>
#include <vector>

#include "base/digest.h"

namespace quoin {
namespace {

/// Names, sizes and times of the declarations: another stamp, another catalog.
std::string stamp_of(const std::filesystem::path& folder) {
    std::vector<std::string> lines;
    for (const char* part : {"events", "features"}) {
        std::error_code failure;
        for (const auto& entry : std::filesystem::directory_iterator(folder / part, failure)) {
            if (entry.path().extension() != ".yaml") continue;
            std::error_code gone;
            auto changed = entry.last_write_time(gone).time_since_epoch().count();
            lines.push_back(fmt::format("{} {} {}", entry.path().string(), changed, entry.file_size(gone)));
        }
    }
    std::ranges::sort(lines);
    return sha256_hex(fmt::format("{}", fmt::join(lines, "\n")));
}

}  // namespace

Result<std::shared_ptr<const FeatureCatalog>> CatalogFolder::load() {
    stamp_ = stamp_of(folder_);
    return FeatureCatalog::load(folder_);
}

bool CatalogFolder::has_changed() const { return stamp_of(folder_) != stamp_; }

}  // namespace quoin
