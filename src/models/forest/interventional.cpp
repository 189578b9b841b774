#include "models/forest/interventional.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "models/forest/walk.h"

namespace quoin {
namespace {

constexpr std::size_t path_features_max = 64;
using Pattern = std::uint64_t;

/// Shapley weights of one pair: `row` features are the row's alone, `other` features the background row's alone.
struct PairWeights {
    double table[path_features_max + 1][path_features_max + 1];  ///< (row − 1)! other! / (row + other)!, for row ≥ 1

    PairWeights() {
        for (std::size_t row = 1; row <= path_features_max; ++row) {
            table[row][0] = 1.0 / static_cast<double>(row);
            for (std::size_t other = 1; other <= path_features_max; ++other)
                table[row][other] = table[row][other - 1] * static_cast<double>(other) / static_cast<double>(row + other);
        }
    }
};

/// Calls visit(bit) for the bits that are set.
template <class Visit>
void each_bit(Pattern pattern, Visit visit) {
    for (; pattern != 0; pattern &= pattern - 1) visit(static_cast<std::size_t>(std::countr_zero(pattern)));
}

/// What one leaf of value `value` gives a row of this pattern, summed over the background rows of a pattern.
class LeafGame {
public:
    LeafGame(std::vector<Pattern> background, double value) : counted_(std::move(background)), value_(value) {
        std::ranges::sort(counted_);
        for (auto at = counted_.begin(); at < counted_.end();) {
            auto next = std::upper_bound(at, counted_.end(), *at);
            patterns_.push_back({*at, static_cast<double>(next - at)});
            at = next;
        }
    }

    /// By bit. `all`: the bits of the path.
    void add(Pattern row, Pattern all, std::vector<double>& values) const {
        static const PairWeights weights;
        for (auto [other, count] : patterns_) {
            if ((row | other) != all || row == other) continue;
            Pattern of_row = row & ~other, of_other = other & ~row;
            auto rows = static_cast<std::size_t>(std::popcount(of_row)), others = static_cast<std::size_t>(std::popcount(of_other));
            double amount = value_ * count;
            if (rows > 0) each_bit(of_row, [&](std::size_t bit) { values[bit] += amount * weights.table[rows][others]; });
            if (others > 0) each_bit(of_other, [&](std::size_t bit) { values[bit] -= amount * weights.table[others][rows]; });
        }
    }

private:
    struct Counted {
        Pattern pattern;
        double count;
    };
    std::vector<Pattern> counted_;
    std::vector<Counted> patterns_;
    double value_;
};

/// One tree for all rows: their patterns go down the tree together.
class TreePatterns {
public:
    TreePatterns(const Forest::Parts& parts, MatrixView<const double> rows, MatrixView<const double> background)
        : parts_(parts), rows_(rows), background_(background) {}

    /// Adds the sums over the background to `out`, from column `first` on.
    Status add(std::uint32_t root, std::size_t first, Matrix& out) {
        first_ = first;
        out_ = &out;
        return visit(root, std::vector<Pattern>(rows_.rows(), 0), std::vector<Pattern>(background_.rows(), 0));
    }

private:
    /// `missed_by`: by row, the bits of the features one of whose conditions on the path it fails.
    Status visit(std::uint32_t n, const std::vector<Pattern>& missed_by, const std::vector<Pattern>& missed_by_background) {
        const auto& node = parts_.nodes[n];
        if (node.kind == SplitKind::leaf) {
            answer(node.value, missed_by, missed_by_background);
            return {};
        }
        auto known = std::ranges::find(path_, node.feature);
        auto bit = static_cast<std::size_t>(known - path_.begin());
        bool is_new = known == path_.end();
        if (is_new && path_.size() == path_features_max)
            return fail(ErrorKind::too_large, "a path of node {} asks more than {} different features", n, path_features_max);
        if (is_new) path_.push_back(node.feature);
        for (bool left : {true, false})
            TRY_VOID(visit(left ? node.left : node.right, next(node, {bit, left}, {rows_, missed_by}),
                           next(node, {bit, left}, {background_, missed_by_background})));
        if (is_new) path_.pop_back();
        return {};
    }

    struct Side {
        std::size_t bit;
        bool left;
    };
    struct Known {
        MatrixView<const double> rows;
        const std::vector<Pattern>& missed_by;
    };
    std::vector<Pattern> next(const Forest::Node& node, Side side, Known known) const {
        auto missed_by = known.missed_by;
        for (std::size_t i = 0; i < missed_by.size(); ++i) {
            bool misses = goes_left(parts_, node, known.rows(i, node.feature)) != side.left;
            missed_by[i] |= Pattern{misses} << side.bit;
        }
        return missed_by;
    }

    void answer(double value, const std::vector<Pattern>& missed_by, std::vector<Pattern> background) {
        Pattern all = path_.size() == path_features_max ? ~Pattern{0} : (Pattern{1} << path_.size()) - 1;
        for (auto& pattern : background) pattern ^= all;
        LeafGame game(std::move(background), value);
        auto distinct = missed_by;
        std::ranges::sort(distinct);
        distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
        std::vector<double> values(distinct.size() * path_.size()), of_pattern(path_.size());
        for (std::size_t p = 0; p < distinct.size(); ++p) {
            std::ranges::fill(of_pattern, 0.0);
            game.add(distinct[p] ^ all, all, of_pattern);
            std::ranges::copy(of_pattern, values.begin() + static_cast<std::ptrdiff_t>(p * path_.size()));
        }
        for (std::size_t i = 0; i < missed_by.size(); ++i) {
            auto p = static_cast<std::size_t>(std::ranges::lower_bound(distinct, missed_by[i]) - distinct.begin());
            for (std::size_t bit = 0; bit < path_.size(); ++bit) (*out_)(i, first_ + path_[bit]) += values[p * path_.size() + bit];
        }
    }

    const Forest::Parts& parts_;
    MatrixView<const double> rows_, background_;
    std::vector<std::uint32_t> path_;  ///< the different features above the node in hand; a feature's place is its bit
    std::size_t first_ = 0;
    Matrix* out_ = nullptr;
};

}  // namespace

Result<Matrix> interventional_contributions(const Forest& forest, MatrixView<const double> rows, MatrixView<const double> background) {
    assert(rows.columns() == forest.features() && background.columns() == forest.features());
    if (background.rows() == 0) return fail(ErrorKind::invalid, "interventional values need at least one background row");
    const auto& parts = forest.parts();
    std::size_t width = forest.features() + 1;
    Matrix out(rows.rows(), forest.outputs() * width);
    for (const auto& tree : parts.trees) TRY_VOID(TreePatterns(parts, rows, background).add(tree.root, tree.output * width, out));
    auto margins = forest.margins(rows);
    for (std::size_t i = 0; i < rows.rows(); ++i)
        for (std::size_t o = 0; o < forest.outputs(); ++o) {
            auto values = out.row(i).subspan(o * width, width);
            double sum = 0;
            for (double& value : values.first(width - 1)) sum += value /= static_cast<double>(background.rows());
            values.back() = margins(i, o) - sum;
        }
    return out;
}

}  // namespace quoin
