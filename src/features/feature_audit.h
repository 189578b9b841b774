#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "features/replay.h"
#include "features/vector_log.h"

namespace quoin {

/// What came out of recomputing served vectors.
struct AuditReport {
    std::uint64_t vectors = 0;    ///< logged
    std::uint64_t values = 0;     ///< compared
    std::uint64_t equal = 0;      ///< vectors, to the last bit
    std::uint64_t different = 0;  ///< vectors
    std::uint64_t changed = 0;    ///< vectors of a view that is computed otherwise now, or is gone: nothing is said about them

    static constexpr std::size_t differences_max = 100;
    struct Difference {
        std::string view, feature, tenant, id;  ///< feature "": when the latest event happened
        EventTime at;
        std::uint64_t sequence = 0, served = 0, recomputed = 0;  ///< bits; of a list: the number of items, or the first item that differs
    };
    std::vector<Difference> differences;  ///< the first differences_max

    bool is_proven() const { return different == 0 && equal > 0; }
};

/// Recomputes all vectors logged in `folder` by replay of the events and compares their bits. Memory: that of the replay, and about 300
/// bytes per vector for a million vectors at a time. Error: not_found (no folder, nothing in it that the catalog knows), corrupt, as
/// FeatureReplay.
Result<AuditReport> audit_vectors(const std::filesystem::path& folder, std::shared_ptr<const FeatureCatalog> catalog,
                                  const EventSource& events, FeatureReplay::Options options = {});

}  // namespace quoin
