#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "models/detector/cut_tree.h"

namespace quoin {

struct CutForestOptions {
    std::size_t dimensions = 1;     ///< of a point, at most 4096; a shingled stream has one per delay
    std::size_t trees = 40;         ///< 1 to 1000
    std::size_t sample_size = 256;  ///< points a tree holds, 2 to 65536
    /// 0: every tree holds the latest `sample_size` points. Otherwise each holds a sample of its own in which a point's chance falls by a
    /// factor e in this many points (Efraimidis & Spirakis 2006, as in Amazon's implementation).
    double memory_points = 0;
    std::uint64_t seed = 1;
};

/// Robust random cut forest on a stream: Guha, Mishra, Roy & Schrijvers (2016). The score of a point is its CoDisp averaged over the trees,
/// with the point in them: above 0, unbounded, about ln(sample size) for an ordinary point, towards the sample size for one alone. It is
/// shared among the dimensions by the cuts that part the point from the rest. Scales matter: a dimension counts by its range.
/// Deterministic given the seed; not thread-safe. An update costs O(trees · depth · dimensions), about 15 µs at the defaults.
class RobustCutForest {
public:
    /// Error: invalid, naming the option.
    static Result<RobustCutForest> make(const CutForestOptions& options);
    const CutForestOptions& options() const { return options_; }
    std::uint64_t points() const { return points_; }

    /// Scores the point and learns it. `attribution`: empty, or one value per dimension; they add up to the score.
    /// Error: invalid, if the size is wrong or a value is not finite or beyond ±1e150 (then nothing is learnt).
    Result<double> update(std::span<const double> point, std::span<double> attribution = {});

    std::vector<std::byte> save() const;
    /// Error: corrupt, unsupported.
    static Result<RobustCutForest> load(std::span<const std::byte> bytes);

private:
    /// A tree and, if it samples, the log weight of each key: the largest is dropped first.
    struct Sampled {
        CutTree tree;
        std::vector<double> weights;
        std::size_t last = 0;   ///< key of the largest weight
        std::size_t spare = 0;  ///< the key that is not in the tree between updates
    };

    explicit RobustCutForest(const CutForestOptions& options);
    Displacement learn(std::size_t tree, std::span<const double> point);

    CutForestOptions options_;
    std::vector<Sampled> trees_;
    std::uint64_t points_ = 0;
};

}  // namespace quoin
