#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "models/detector/change_point.h"
#include "models/detector/robust_cut_forest.h"
#include "models/detector/robust_scale.h"

namespace quoin {

enum class StreamMembers {
    all,    ///< the ensemble
    forest  ///< the robust random cut forest of single rows alone
};

/// One global setting, chosen on the public part of the Numenta Anomaly Benchmark and meant for any stream.
struct StreamOptions {
    std::size_t columns = 1;  ///< values in a row, 1 to 64
    StreamMembers members = StreamMembers::all;
    std::size_t warm_up = 300;  ///< rows from which scales are learnt; they have no score; 2 to 10⁵
    std::size_t memory = 5000;  ///< rows in which what was learnt fades by a factor e, 100 to 10⁹
    std::size_t shingle = 24;   ///< rows that the second forest sees together, 2 to 64
    std::size_t rest = 400;     ///< a row has a score only if it is more unusual than each of this many before it, 0 to 10⁶
    double alarm = 0.5;         ///< a score from here is an alarm, (0, 1]
    std::uint64_t seed = 1;
};

struct StreamScore {
    double score;  ///< in [0, 1]; 0 in the warm-up and while resting
    bool alarm;
    double evidence;  ///< before resting: the weighted sum of the members, not bounded
};

/// An ensemble of streaming detectors with one calibrated score: a robust random cut forest of rows (how far the row stands apart) and the
/// level of its scores in the last rows against their own past (as Lavin & Ahmad 2015 do with a likelihood), a second forest of shingles,
/// the surprise of Bayesian change-point detection with Student's law in the most surprised column. Each enters as a logarithm with a fixed
/// weight. The score is a logistic of the sum, 1/2 where an alarm pays on the benchmark, and only for a row that is the
/// most unusual of the last `rest`, so that one event raises few alarms. Attribution is that of the forest of rows.
/// Deterministic given the seed; not thread-safe. A row costs O(1), about 0.3 ms at the defaults.
class StreamDetector {
public:
    /// Error: invalid, naming the option.
    static Result<StreamDetector> make(const StreamOptions& options);
    const StreamOptions& options() const { return options_; }
    std::uint64_t rows() const { return rows_; }

    /// `shares`: empty, or one number per column that becomes its share of the row's displacement; they add up to 1 or are all 0.
    /// Error: invalid, if the size is wrong or a value is not finite or beyond ±1e90 (then nothing is learnt).
    Result<StreamScore> update(std::span<const double> row, std::span<double> shares = {});

    std::vector<std::byte> save() const;
    /// Error: corrupt, unsupported.
    static Result<StreamDetector> load(std::span<const std::byte> bytes);

private:
    /// Mean and variance that fade with the memory.
    struct Fading {
        double mean = 0, variance = 0;
        std::uint64_t count = 0;
        double standardised(double value, double floor) const;
        void learn(double value, double memory);
    };
    struct Column {
        RobustScale scale;
        ChangePointDetector changes;
        Fading surprise;
    };

    explicit StreamDetector(const StreamOptions& options) : options_(options) {}
    Status start();
    Result<StreamScore> judge(std::span<const double> row, std::span<double> shares);
    Result<double> evidence(std::span<const double> row, std::span<double> shares);
    Result<double> shingle_evidence(std::span<const double> row);
    Result<double> column_evidence(std::span<const double> row);
    bool unsurpassed(double evidence);

    StreamOptions options_;
    std::uint64_t rows_ = 0;
    std::vector<double> waiting_;  ///< rows of the warm-up, one after the other
    std::vector<Column> columns_;
    std::vector<RobustCutForest> forests_;  ///< of rows, of shingles
    Fading forest_score_;
    double recent_score_ = 0;
    std::vector<double> shingle_;
    std::vector<std::pair<std::uint64_t, double>> peaks_;  ///< falling evidence by row, the front is the most unusual of the last `rest`
};

}  // namespace quoin
