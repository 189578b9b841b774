#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "features/vector_log.h"

namespace quoin {

/// Turns vectors into blocks of a segment: docs/formats/vector-log.md. A block stands for itself: it describes each view before the view's
/// first vector.
class VectorBlock {
public:
    static constexpr std::string_view magic = "QUOINVL1";
    static constexpr std::size_t views_max = 65'535;

    /// False if the vector is too long to be logged, or there are too many views.
    bool add(const ServedVector& vector);
    std::size_t bytes() const { return records_.size(); }
    std::size_t vectors() const { return vectors_; }
    /// The block as it stands in the file: length, checksum, records.
    std::string finish() const;

private:
    std::string records_;
    std::size_t vectors_ = 0;
    std::map<std::pair<std::string, std::string>, std::uint16_t> views_;  ///< name and digest → number
};

/// Hands the vectors of a segment to `visit`, in order. A block that the file ends in is left out. Error: corrupt, not_found, unavailable,
/// what `visit` returns.
Status read_vector_segment(const std::filesystem::path& file, const std::function<Status(const ServedVector&)>& visit);

}  // namespace quoin
