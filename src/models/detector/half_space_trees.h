#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "models/number_tape.h"

namespace quoin {

struct HalfSpaceOptions {
    std::size_t dimensions = 1;     ///< of a point, at most 4096
    std::size_t trees = 25;         ///< 1 to 1000
    std::size_t depth = 15;         ///< of every tree, 1 to 20; 8 suffices for few dimensions and is several times as fast
    std::size_t window = 250;       ///< points from which the masses are learnt before they are used, 2 to 65535
    double size_limit_share = 0.1;  ///< the walk ends at a node with fewer than this share of the window, in [0, 1)
    std::uint64_t seed = 1;
};

/// Streaming half-space trees: Tan, Ting & Liu (2011), "Fast anomaly detection for streaming data". Full binary trees over [0, 1] in each
/// dimension, cut at the middle of a random work range before any point is seen; values outside belong to the outermost cells. Each node
/// counts the points of the current and of the last full window. The mass of a point is the last window's count at the node where its walk
/// ends, times 2^level, summed over the trees. Deterministic given the seed; not thread-safe. An update costs O(trees · depth): counts of
/// past windows are dropped when their node is next met.
class HalfSpaceTrees {
public:
    /// One cut: left if value < place.
    struct Split {
        std::uint32_t dimension;
        double place;
    };

    /// Error: invalid, naming the option; too_large (trees · 2^depth beyond 2²³ nodes).
    static Result<HalfSpaceTrees> make(const HalfSpaceOptions& options);
    /// With given cuts: trees · (2^depth − 1) of them, each tree in the order of a heap. Error: invalid.
    static Result<HalfSpaceTrees> with_splits(const HalfSpaceOptions& options, std::span<const Split> splits);
    const HalfSpaceOptions& options() const { return options_; }
    std::uint64_t points() const { return points_; }

    /// The mass of the paper, small for what is rare; 0 for every point before the first window is full.
    /// Precondition: `dimensions` finite values.
    double mass(std::span<const double> point) const;
    /// −log2 of the share that the mass is of a window in every tree, one point added: 0 where all of the window falls into the point's
    /// own cell of ordinary size, larger for what is rare; learns the point. 0 before the first window is full.
    /// Error: invalid, if the size is wrong or a value is not finite (then nothing is learnt).
    Result<double> update(std::span<const double> point);

    std::vector<std::byte> save() const;
    /// Error: corrupt, unsupported.
    static Result<HalfSpaceTrees> load(std::span<const std::byte> bytes);

private:
    /// Cut and counts of one node, 24 bytes; leaves have no cut.
    struct Node {
        double place = 0;
        std::uint32_t dimension = 0;
        std::uint16_t current = 0, last = 0;  ///< points of window `window` and of the one before
        std::uint32_t window = 0;
    };

    explicit HalfSpaceTrees(const HalfSpaceOptions& options);
    std::uint32_t window_now() const { return static_cast<std::uint32_t>(points_ / options_.window); }
    std::size_t tree_size() const { return (std::size_t{2} << options_.depth) - 1; }
    static std::uint32_t last_count(const Node& node, std::uint32_t now);
    double walk(std::size_t tree, std::span<const double> point) const;
    double score(double mass) const;
    static void count(Node& node, std::uint32_t now);

    HalfSpaceOptions options_;
    std::vector<Node> nodes_;  ///< tree after tree, each in the order of a heap
    std::uint64_t points_ = 0;
};

}  // namespace quoin
