#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"

namespace quoin {

struct IsolationOptions {
    std::size_t trees = 100;        ///< 1 to 10000
    std::size_t sample_size = 256;  ///< rows a tree is grown on, without replacement; fewer if there are not as many
    /// 0: cuts along one dimension (Liu et al. 2008). Otherwise cuts are planes that lean in this many dimensions more (Hariri et al.
    /// 2019); dimensions − 1 is the fully extended forest.
    std::size_t extension_level = 0;
    std::uint64_t seed = 1;
};

/// Isolation forest: Liu, Ting & Zhou (2008), and its extended form: Hariri, Carrasco Kind & Brunner (2019). The score of a point is
/// 2^(−mean path / c(sample size)), in (0, 1): near 1 for what few cuts set apart, about 0.5 for what is like the rest. Trees are grown in
/// parallel and are the same on any number of threads. Immutable after fit; thread-safe.
class IsolationForest {
public:
    struct Node {
        std::int32_t left = -1, right = -1;  ///< within the tree, both above the node's own number; −1: a leaf
        std::int32_t dimension = -1;         ///< of an axis-parallel cut; −1: the plane whose normal starts at `normal`
        std::uint32_t normal = 0;            ///< in Parts::normals
        double place = 0;                    ///< left if value (or normal · point) ≤ place
        std::uint32_t count = 0;             ///< rows of the sample that came here
    };
    struct Parts {
        std::size_t dimensions = 1, sample_size = 1;
        std::vector<std::vector<Node>> trees;
        std::vector<double> normals;
    };

    /// Error: invalid (no rows, no columns, a value that is not finite, an option out of range).
    static Result<IsolationForest> fit(MatrixView<const double> rows, const IsolationOptions& options = {});
    /// Trees grown elsewhere, such as scikit-learn's. Error: invalid, if they do not fit together.
    static Result<IsolationForest> make(Parts parts);
    const Parts& parts() const { return parts_; }

    /// Precondition: `dimensions` finite values.
    double score(std::span<const double> point) const;

    std::vector<std::byte> save() const;
    /// Error: corrupt, unsupported.
    static Result<IsolationForest> load(std::span<const std::byte> bytes);

private:
    explicit IsolationForest(Parts parts) : parts_(std::move(parts)) {}
    double path(const std::vector<Node>& tree, std::span<const double> point) const;

    Parts parts_;
};

/// The average path of an unsuccessful search in a binary tree of n points: c(n) of the paper, with harmonic numbers as ln(n) + γ.
double isolation_path_mean(double points);

}  // namespace quoin
