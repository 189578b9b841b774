#include "models/forest/interactions.h"

#include <algorithm>
#include <cassert>

#include "models/forest/explain_roots.h"
#include "models/forest/quadrature.h"
#include "models/forest/walk.h"

namespace quoin {
namespace {

/// A tree's leaves one after the other, each with the features on its path.
class TreeInteractions {
public:
    TreeInteractions(const Forest::Parts& parts, std::span<const double> row, MatrixView<double> out)
        : parts_(parts), row_(row), out_(out) {}

    void add(const ExplainRoot& root) {
        if (rule_.points.size() != root.points) rule_ = gauss_legendre(root.points);
        first_ = root.output * out_.columns();
        visit(root.node);
    }

private:
    struct Asked {
        std::uint32_t feature;
        double satisfied, share;  ///< z and w
    };

    void visit(std::uint32_t n) {
        const auto& node = parts_.nodes[n];
        if (node.kind == SplitKind::leaf) return add_leaf(node.value);
        bool goes = goes_left(parts_, node, row_[node.feature]);
        double left = parts_.nodes[node.left].cover, right = parts_.nodes[node.right].cover;
        auto known = static_cast<std::size_t>(std::ranges::find(path_, node.feature, &Asked::feature) - path_.begin());
        bool is_new = known == path_.size();
        if (is_new) path_.push_back({node.feature, 1, 1});
        auto before = path_[known];
        for (bool to_left : {true, false}) {
            path_[known] = {node.feature, goes == to_left ? before.satisfied : 0, before.share * (to_left ? left : right) / (left + right)};
            visit(to_left ? node.left : node.right);
        }
        path_[known] = before;
        if (is_new) path_.pop_back();
    }

    void add_leaf(double value) {
        gains_.resize(path_.size());
        for (std::size_t k = 0; k < rule_.points.size(); ++k) {
            double product = value * rule_.weights[k];
            for (std::size_t i = 0; i < path_.size(); ++i) {
                auto [feature, satisfied, share] = path_[i];
                double t = rule_.points[k], factor = share + t * (satisfied - share);
                product *= factor;
                gains_[i] = satisfied > 0 ? (1 - share) / factor : -1 / (1 - t);  // (z − w) / factor, also of a share that rounds to 0
            }
            for (std::size_t i = 0; i < path_.size(); ++i)
                for (std::size_t j = 0; j < i; ++j)
                    out_(first_ + path_[i].feature, path_[j].feature) += product * gains_[i] * gains_[j] / 2;
        }
    }

    const Forest::Parts& parts_;
    std::span<const double> row_;
    MatrixView<double> out_;
    Quadrature rule_;
    std::size_t first_ = 0;  ///< row of the output's matrix
    std::vector<Asked> path_;
    std::vector<double> gains_;  ///< of the leaf in hand at the point in hand, by feature on the path
};

}  // namespace

void interactions(const Forest& forest, std::span<const double> row, MatrixView<double> out) {
    std::size_t width = forest.features() + 1;
    assert(row.size() == forest.features() && out.rows() == forest.outputs() * width && out.columns() == width);
    std::fill_n(out.data(), out.rows() * out.columns(), 0.0);
    TreeInteractions trees(forest.parts(), row, out);
    for (const auto& root : explain_roots(forest.parts())) trees.add(root);
    Matrix values(forest.outputs(), width);
    forest.contributions(row, values.view());
    for (std::size_t o = 0; o < forest.outputs(); ++o) {
        MatrixView<double> own(out.row(o * width).data(), width, width);
        // A pair was added on either side of the diagonal, in the order in which a path asks its features.
        for (std::size_t i = 0; i + 1 < width; ++i)
            for (std::size_t j = 0; j < i; ++j) own(i, j) = own(j, i) = own(i, j) + own(j, i);
        for (std::size_t i = 0; i < width; ++i) {
            double others = 0;
            for (std::size_t j = 0; j < width; ++j) others += j == i ? 0 : own(i, j);
            own(i, i) = values(o, i) - others;
        }
    }
}

}  // namespace quoin
