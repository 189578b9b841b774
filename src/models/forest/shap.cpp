// Exact path-dependent SHAP values (the game of Lundberg et al. 2020) by numerical quadrature that is exact.
//
// Seen from one leaf with value v, a feature on its path is either satisfied by the row (z = 1) or not (z = 0), and has the product w of its cover
// shares. The leaf's Shapley value for feature i is Owen's (1972) integral
//     v · ∫₀¹ (z_i − w_i) · Π_{j≠i} (t z_j + (1 − t) w_j) dt,
// a polynomial of degree d − 1 in t for d distinct features, so Gauss–Legendre with ⌈d/2⌉ nodes is exact. Every factor is positive on (0, 1):
// no cancellation, no overflow. One walk serves the whole tree: going down multiplies the products P(t) by the edge's factor (dividing out an earlier
// factor of the same feature), coming back up the sums S(t) of v·P(t) over the leaves below give the edge's share. What differs from the papers: no
// weights by subset size, no polynomial coefficients, all lanes of a node are independent multiply-adds.

#include <array>
#include <cmath>
#include <numbers>

#include "models/forest/prepared.h"

namespace quoin {
namespace {

constexpr std::size_t nodes_max = 128;  ///< enough for 256 distinct features on one path
constexpr std::size_t depth_max = 1025;

template <std::size_t N>
struct Quadrature {
    std::array<double, N> points, weights;

    /// Gauss–Legendre on (0, 1): roots of P_N by Newton's method from Chebyshev's guess.
    Quadrature() {
        for (std::size_t i = 0; i < N; ++i) {
            double x = std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (static_cast<double>(N) + 0.5)), slope = 1;
            for (int iteration = 0; iteration < 100; ++iteration) {
                double before = 1, value = x;
                for (std::size_t k = 2; k <= N; ++k) {
                    double next = ((2.0 * static_cast<double>(k) - 1) * x * value - (static_cast<double>(k) - 1) * before) / static_cast<double>(k);
                    before = value;
                    value = next;
                }
                slope = static_cast<double>(N) * (x * value - before) / (x * x - 1);
                double change = value / slope;
                x -= change;
                if (std::abs(change) < 1e-16) break;
            }
            points[i] = (1 - x) / 2;
            weights[i] = 1 / ((1 - x * x) * slope * slope);
        }
    }
};

/// The walk over one tree with N quadrature nodes; N is a multiple of 4 so that the lanes fill vector registers.
template <std::size_t N>
class Walk {
public:
    using Lanes = std::array<double, N>;

    Walk(const Forest::Prepared& prepared, const double* row, double* values) : prepared_(prepared), row_(row), values_(values) {}

    void tree(std::uint32_t root) {
        Lanes ones;
        ones.fill(1.0);
        Lanes sums;
        visit(root, 0, ones, sums);
    }

private:
    struct Edge {
        double z, w;
        Lanes inverse;  ///< 1 / (w + t (z − w))
    };

    void visit(std::uint32_t n, std::size_t depth, const Lanes& products, Lanes& sums) {
        const auto& node = prepared_.walk[n];
        if (node.children[0] == n) {
            double value = prepared_.parts.nodes[n].value;
            for (std::size_t k = 0; k < N; ++k) sums[k] = value * products[k];
            return;
        }
        const auto& explain = prepared_.explain[n];
        auto taken = next_node(prepared_, node, {row_, prepared_.parts.feature_names.size()});
        const Edge* previous = explain.previous < 0 ? nullptr : &edges_[static_cast<std::size_t>(explain.previous)];
        sums.fill(0.0);
        double value = 0;
        for (int side = 0; side < 2; ++side) {
            auto child = node.children[side];
            double z = child == taken, w = side == 0 ? explain.left_share : explain.right_share;
            value += cross(child, depth, {previous, z, w}, products, sums);
        }
        values_[node.feature] += value;
    }

    struct Crossing {
        const Edge* previous;
        double z, w;
    };

    /// Goes over one edge and back; returns the edge's share of the feature's value and adds its leaves to `sums`.
    double cross(std::uint32_t child, std::size_t depth, const Crossing& crossing, const Lanes& products, Lanes& sums) {
        auto& edge = edges_[depth];
        const Edge* previous = crossing.previous;
        edge.z = previous == nullptr ? crossing.z : crossing.z * previous->z;
        edge.w = previous == nullptr ? crossing.w : crossing.w * previous->w;
        Lanes below, found;
        for (std::size_t k = 0; k < N; ++k) {
            double factor = edge.w + rule_.points[k] * (edge.z - edge.w);
            edge.inverse[k] = 1 / factor;
            below[k] = products[k] * factor;
        }
        if (previous != nullptr)
            for (std::size_t k = 0; k < N; ++k) below[k] *= previous->inverse[k];
        visit(child, depth + 1, below, found);
        double own = edge.z - edge.w, former = previous == nullptr ? 0 : previous->z - previous->w;
        double total = 0;
        for (std::size_t k = 0; k < N; ++k) {
            double change = own * edges_[depth].inverse[k] - (previous == nullptr ? 0 : former * previous->inverse[k]);
            total += rule_.weights[k] * found[k] * change;
            sums[k] += found[k];
        }
        return total;
    }

    static const Quadrature<N>& rule() {
        static const Quadrature<N> made;
        return made;
    }

    static Edge* edges() {
        thread_local std::vector<Edge> made(depth_max);
        return made.data();
    }

    const Forest::Prepared& prepared_;
    const double* row_;
    double* values_;
    const Quadrature<N>& rule_ = rule();
    Edge* edges_ = edges();
};

template <std::size_t N>
void explain_tree(const Forest::Prepared& prepared, const double* row, std::uint32_t root, double* values) {
    Walk<N>(prepared, row, values).tree(root);
}

}  // namespace

void add_contributions(const Forest::Prepared& prepared, std::span<const double> row, MatrixView<double> out) {
    const auto& trees = prepared.parts.trees;
    for (std::size_t t = 0; t < trees.size(); ++t) {
        double* values = out.row(trees[t].output).data();
        auto unique = prepared.uniques[t];
        if (unique == 0) continue;
        auto* explain = unique <= 8    ? explain_tree<4>
                        : unique <= 16 ? explain_tree<8>
                        : unique <= 32 ? explain_tree<16>
                        : unique <= 64 ? explain_tree<32>
                                       : explain_tree<nodes_max>;
        explain(prepared, row.data(), trees[t].root, values);
    }
}

}  // namespace quoin
