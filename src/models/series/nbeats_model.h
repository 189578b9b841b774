#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "models/series/learned_path_model.h"
#include "models/series/nbeats_network.h"

namespace quoin {

/// An ensemble of N-BEATS networks (Oreshkin et al. 2020) with different lookbacks, losses and stacks, for all series that it was trained
/// on and others like them: the answer is the members' median. Predicts without libtorch. Immutable, thread-safe.
class NbeatsModel {
public:
    struct Member {
        std::string loss;  ///< that it was trained with: "smape"
        NbeatsNetwork network;
    };
    struct Parts {
        std::size_t period = 1;  ///< of the season whose naive error bands are measured in
        std::vector<Member> members;
        PathCalibration calibration;
    };
    /// Error: corrupt (no member, members of different horizons, a calibration that does not fit), too_large.
    static Result<NbeatsModel> make(Parts parts);
    const Parts& parts() const { return parts_; }
    std::size_t horizon() const { return parts_.members[0].network.parts().horizon; }

    /// What comes after a history. Error: invalid (no values, a value that is not finite), unsupported (beyond single precision).
    Result<LearnedPathModel> path(std::span<const double> history) const;
    /// Trend and seasonality, by the mean of the interpretable members; empty without any. Rows: trend, seasonality. Error: as path().
    Result<Matrix> components(std::span<const double> history) const;

    /// safetensors: layers as F32 tensors, shape in the metadata. docs/formats/series.md.
    std::vector<std::byte> save() const;
    static Result<NbeatsModel> load(std::span<const std::byte> bytes);

private:
    Parts parts_;
};

}  // namespace quoin
