#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace quoin {

/// What a detection, a false alarm and a missed window weigh: a profile of the Numenta Anomaly Benchmark.
struct NabProfile {
    std::string_view name;
    double detection, false_alarm, miss;
};
inline constexpr NabProfile nab_standard{"standard", 1, 0.11, 1};
inline constexpr NabProfile nab_low_false_alarms{"reward_low_FP_rate", 1, 0.22, 1};
inline constexpr NabProfile nab_low_misses{"reward_low_FN_rate", 1, 0.11, 2};

/// Rows first to last, both included, within which an anomaly counts as found.
struct NabWindow {
    std::size_t first, last;
};

/// One file: the detector's score of every row, in [0, 1], and the labelled windows in ascending order.
struct NabSeries {
    std::vector<double> scores;
    std::vector<NabWindow> windows;
};

/// What a threshold gives on a file or on all: an alarm is a row with score ≥ threshold. Rows are counted after the probation.
struct NabTally {
    double points = 0;  ///< of the profile, not normalised
    std::size_t true_alarms = 0, true_quiet = 0, false_alarms = 0, missed_rows = 0;
};

struct NabScore {
    double score;      ///< 100 for a perfect detector, 0 for one that never alarms
    double threshold;  ///< the best for the profile, one for all files
    NabTally tally;
};

/// Rows at the start of a file that are not scored: 15 % of it, at most 750.
std::size_t nab_probation(std::size_t rows);

/// The scoring rules of Lavin & Ahmad (2015), "Evaluating real-time anomaly detection algorithms", as version 1.1 of the benchmark's
/// program applies them: in each window the best alarm counts by its earliness, each alarm outside by its distance from the window before.
NabTally nab_tally(const NabSeries& series, const NabProfile& profile, double threshold);

/// The score over all files at the threshold that is best for the profile, as the benchmark's optimiser and normaliser find it.
/// Error: invalid (no window, windows that overlap or leave the file, a score outside [0, 1]).
Result<NabScore> nab_score(std::span<const NabSeries> corpus, const NabProfile& profile);

}  // namespace quoin
