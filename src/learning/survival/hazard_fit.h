#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/matrix.h"
#include "base/progress.h"
#include "base/result.h"
#include "evaluation/split.h"
#include "learning/declaration.h"
#include "learning/trainer.h"
#include "models/encoder/encoder.h"
#include "models/survival/proportional_hazards.h"

namespace quoin {

struct HazardData {
    const Encoder& encoder;
    const Matrix& encoded;
    std::span<const double> times;
    std::span<const std::uint8_t> events;  ///< 1: the event whose hazard is wanted; else the watch ended
    std::span<const Split> folds;
    const Declaration& declaration;
};

struct FittedHazard {
    Ensemble log_hazard;                ///< members refitted on all rows, widened to the encoded row; those of no weight are left out
    BaselineHazard baseline;            ///< of a row whose log hazard is 0
    std::vector<double> scores;         ///< out-of-fold log hazards; NaN where no fold predicted the row
    std::vector<MemberReport> reports;  ///< loss: 1 − Harrell's C out of fold
};

/// Every declared member on every fold and on all rows (in parallel, one thread a fit). Weights, the slope that calibrates them and the
/// baseline are one Cox fit on the members' out-of-fold log hazards (stacking, Wolpert 1992; recalibration, van Houwelingen 2000), members
/// with a negative weight left out one by one: what trees learned of their own rows makes no curve steep.
Result<FittedHazard> fit_hazard(const HazardData& data, Progress& progress = no_progress());

/// The event's hazard, the competing one's and what they come to, into the outcome's model and its out-of-fold part.
struct SurvivalLabels {
    std::span<const double> times;
    std::span<const std::uint8_t> outcomes;  ///< as LabelledRows
};
Status train_time_to_event(const HazardData& data, const SurvivalLabels& labels, TrainOutcome& outcome, Progress& progress = no_progress());

}  // namespace quoin
