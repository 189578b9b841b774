#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"
#include "store/array_file.h"

namespace quoin {

/// How a forest's margin becomes its prediction, per row over its outputs.
enum class ForestTransform : std::uint32_t {
    identity,      ///< regression, ranking, quantiles
    exponential,   ///< Poisson, gamma, Tweedie
    sigmoid,       ///< binary: 1 / (1 + e^(−slope·margin))
    softmax,       ///< multiclass
    sigmoid_each,  ///< one-versus-all
};

/// How a split compares. Missing (NaN) goes to the default side unless the node says that NaN is zero.
enum class SplitKind : std::uint8_t {
    leaf,
    less,          ///< left when float(x) < threshold                          (XGBoost)
    less_equal,    ///< left when x ≤ threshold in double                       (LightGBM)
    category_set,  ///< left when the category code is in the node's set; negative and unknown codes are not, NaN goes to the default side
};

/// One immutable structure for every tree ensemble, whoever trained it. Rows are dense doubles, one column per feature, NaN is missing,
/// a categorical feature holds its code (0, 1, …). All methods are const and thread-safe.
class Forest {
public:
    struct Node {
        double threshold;                    ///< `less`: exactly a float; `less_equal`: a double
        double cover;                        ///< training weight (XGBoost: sum of hessians; LightGBM: row count) that reached the node; > 0
        std::uint32_t feature;               ///< column index
        std::uint32_t left, right;           ///< index in the whole forest; children lie after their parent
        std::uint32_t set_first, set_words;  ///< `category_set`: bit set in category_words
        SplitKind kind;
        bool default_left;     ///< where NaN goes
        bool missing_is_zero;  ///< LightGBM zero_as_missing: |x| ≤ 1e-35 counts as missing
        bool nan_is_zero;      ///< LightGBM missing_type None: NaN is compared as 0
        double value;          ///< leaf: what it adds to its output, weight (DART, shrinkage, averaging) already multiplied in
    };
    struct Tree {
        std::uint32_t root;    ///< index of the root node; its nodes are contiguous up to the next tree's root
        std::uint32_t output;  ///< which output the leaves add to
    };
    /// Everything a forest is made of; loaders and learners fill one in.
    struct Parts {
        std::vector<std::string> feature_names;
        std::vector<Tree> trees;
        std::vector<Node> nodes;
        std::vector<std::uint64_t> category_words;
        std::vector<double> base;  ///< added to each output's margin; its size is the number of outputs
        ForestTransform transform = ForestTransform::identity;
        double sigmoid_slope = 1;
        bool float_sum = false;  ///< XGBoost adds leaves in float; kept so that margins agree with its own
    };

    /// Checks that every tree is a tree (no cycle, children after parents, in bounds, finite values, covers positive) and prepares the
    /// engines. Two children's covers need not add up to their parent's: shares are of their own sum, since trainers round covers.
    /// Limits: forest_limits.h. Error: corrupt or too_large, saying which tree and node.
    static Result<Forest> make(Parts parts);

    std::size_t features() const;
    std::size_t outputs() const;
    const Parts& parts() const;

    /// Sums of leaves plus base, rows × outputs. Precondition: rows.columns() == features().
    Matrix margins(MatrixView<const double> rows) const;
    /// One row into `out` (size outputs()); allocates only when this thread meets a larger forest than before.
    void margin(std::span<const double> row, std::span<double> out) const;
    /// margins() through the transform.
    Matrix predict(MatrixView<const double> rows) const;
    void apply_transform(std::span<double> margins_of_one_row) const;

    /// Exact path-dependent SHAP values of the margin (Lundberg et al. 2020, "TreeSHAP"), by Gauss–Legendre quadrature of Owen's
    /// multilinear extension. `out`: outputs × (features + 1), the last column is the expected margin, which also takes up the rounding of
    /// float sums; rows sum to margin().
    void contributions(std::span<const double> row, MatrixView<double> out) const;
    /// The same of many rows, each with the same bits as alone, several times as fast: rows × (outputs · (features + 1)).
    Matrix contributions(MatrixView<const double> rows) const;
    /// The expected margin of each output under the covers: what contributions are relative to.
    std::span<const double> expected_margins() const;

    /// By row and tree, the leaf that it ends in as an index in parts().nodes.
    std::vector<std::uint32_t> leaves(MatrixView<const double> rows) const;

    /// Gain is not stored by every source, so importance is by cover: Σ over a feature's splits of (cover of the node / cover of its tree's
    /// root) × the expected |change of the expected margin| from the node to its children. In units of margin over all outputs, then
    /// scaled per feature to sum to 1; all 0 if no split moves the mean.
    std::vector<double> importance() const;

    /// The forest's own format: docs/formats/forest.md. Checksummed and versioned. `load` never trusts the bytes. Error: corrupt,
    /// too_large; unsupported for another version.
    std::vector<std::byte> save() const;
    static Result<Forest> load(std::span<const std::byte> bytes);

    /// What make() precomputes, as arrays whose names begin with `name`, and a forest from them without computing: its engines read the
    /// mapped file. Error of both: corrupt, if the arrays are not of these parts. Precondition: the parts (bytes) are those of the forest
    /// that was saved: nothing about them is checked again.
    void save_prepared(ArrayFileWriter& file, const std::string& name) const;
    static Result<Forest> restore(Parts parts, const ArrayFile& file, const std::string& name);
    static Result<Forest> restore(std::span<const std::byte> bytes, const ArrayFile& file, const std::string& name);

    struct Prepared;  ///< parts plus what the engines precompute; models/forest only

private:
    std::shared_ptr<const Prepared> prepared_;
};

/// XGBoost's own model files, JSON or UBJSON (told apart by the bytes), gbtree and dart, as versions from 1.0 on write them; all trees are
/// used, whatever best_iteration says. Margins have the bits of XGBoost's own. multi:softmax answers probabilities like multi:softprob.
/// Error: corrupt; too_large; unsupported, naming what is not understood (gblinear, vector leaves, an unknown objective).
Result<Forest> load_xgboost(std::span<const std::byte> bytes);

/// LightGBM's text model (v2 to v4). Margins of a random forest (boosting=rf) are averaged, as LightGBM's predictions are.
/// Error: corrupt; too_large; unsupported, naming what is not understood (linear leaves, reg_sqrt, an unknown objective).
Result<Forest> load_lightgbm(std::span<const std::byte> bytes);

/// The forest whose margins are the mean of the forests' margins (bagged seeds, fold models), weighted in proportion to `weights` ≥ 0.
/// Error: invalid, unless all have the same feature names, number of outputs and transform; too_large, if they are together.
Result<Forest> average_forests(std::span<const Forest> forests, std::span<const double> weights);

}  // namespace quoin
