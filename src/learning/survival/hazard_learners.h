#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"
#include "learning/family.h"
#include "models/regressor.h"

namespace quoin {

/// What a member of a survival model learns from: rows of its own encoded columns, how long each was watched and whether the event ended
/// it.
struct HazardRequest {
    std::span<const FeatureUse> uses;
    MatrixView<const double> features;
    std::span<const double> times;
    std::span<const std::uint8_t> events;
    HyperParameters parameters;
    std::uint64_t seed = 1;
};

/// A way to learn a log hazard.
struct HazardLearner {
    std::string name;  ///< "cox"
    std::string description;
    std::string columns_of;  ///< the family whose columns of the encoder it reads
    std::vector<HyperParameter> space;
    Result<Regressor> (*fit)(const HazardRequest&);
};

/// cox: Efron's ties, elastic net on standardised columns and indicators. boosted_hazards: XGBoost's trees on the same likelihood.
std::span<const HazardLearner> hazard_learners();
/// Error: not_found, naming those that exist.
Result<const HazardLearner*> find_hazard_learner(std::string_view name);
/// The request's parameters over the learner's defaults. Error: invalid, for an unknown name or a value outside its space.
Result<HyperParameters> with_defaults(const HazardLearner& learner, const HyperParameters& given);

}  // namespace quoin
