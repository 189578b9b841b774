// Exact path-dependent SHAP values (the game of Lundberg et al. 2020) by a quadrature that is exact.
//
// Seen from one leaf with value v, a feature on its path is satisfied by the row (z = 1) or not (z = 0), and has the product w of the cover
// shares of its edges. The leaf's Shapley value for feature i is Owen's (1972) integral
//     v · ∫₀¹ (z_i − w_i) · Π_{j≠i} (w_j + t (z_j − w_j)) dt,
// a polynomial of degree d − 1 in t for d features, so Gauss–Legendre with ⌈d/2⌉ points is exact. Every factor is in (0, 1]: nothing
// cancels or overflows. All leaves of a tree share one walk down and up. Let, at a point t,
//     P(n) = Π of the factors of the features on the path to node n, times the point's weight,
//     V(n) = value of the subtree below n where a feature is taken as known with probability t.
// At a split let s be the cover share of its right child R, z = 1 if the row goes there, and r the ratio by which P changes towards it:
//     P(R) = r P(n),  P(L) = P(n) − P(R),  V(n) = V(L) + r (V(R) − V(L)),  φ_i += Σ_t g (V(R) − V(L)),
// because the factors of both children add up to that of the feature before the split. With w the product of the shares of the edges above
// that ask the same feature (1 if there are none), and f = w + t (1 − w) its factor so far:
//     the row took all those edges:   r = (w s + t (z − w s)) / f,   g = P(n) (z − s) w / f²
//     it left one of them:            r = s,                         g = 0
// Without such edges that is r = s + t (z − s), g = P(n) (z − s), and a split of two leaves alone needs neither r nor places for them.
// Lanes are the points of one row, or rows at one point (explain_walk.h): the same operations in the same order for each row and point.
// What differs from TreeSHAP (Lundberg et al. 2020), FastTreeSHAP (Yang 2021) and Linear TreeSHAP (Yu et al. 2022): no weights by subset
// size and no polynomial coefficients, no division, and no growth with the square of the depth. Quadrature-TreeSHAP (Wettenstein, Mitchell
// and Yu 2026, in XGBoost since 3.3) rests on the same integral with eight points in float for every tree; here each tree has the ⌈d/2⌉
// points that are exact for it, in double, a whole level of forks goes down without waiting for each other, splits of two leaves are
// closed, and small trees are walked together.

#include "models/forest/explain.h"

#include <algorithm>

#include "models/forest/explain_walk.h"
#include "models/forest/forest_limits.h"

namespace quoin {
namespace {

constexpr std::size_t lanes_max = 8, edges_max = 2 * (forest_depth_max + explain_block_nodes / 2 + 1);

struct alignas(64) Octet {
    std::array<double, lanes_max> lanes;
};
/// By row.
struct alignas(64) Followed {
    std::array<std::int64_t, explain_rows_at_once> rows;
};

/// What one thread needs, sized by the largest tree that it has met.
struct Scratch {
    std::vector<Octet> lanes, steps, sums;
    std::vector<std::int64_t> followed_by_row = std::vector<std::int64_t>(edges_max, -1);
    std::vector<Followed> followed_by_rows = std::vector<Followed>(edges_max);

    Scratch() { followed_by_rows[0].rows.fill(-1); }  // where there is no edge above, nothing was left
};

/// Trees at the points of one register, or at one point for many rows.
struct TreeWalk {
    const ExplainPlan& plan;
    Scratch& scratch;
    ExplainQuestion question;  ///< all but the block
    ExplainEngine engine;
    std::size_t lanes;  ///< of a place

    /// `weights`: of the lanes.
    void grove(const ExplainGrove& grove, const double* weights) {
        auto octets = grove.places * lanes / lanes_max + 1;
        if (scratch.lanes.size() < octets) scratch.lanes.resize(octets);
        if (scratch.steps.size() < 2 * octets) scratch.steps.resize(2 * octets);
        auto* memory = scratch.lanes.data()->lanes.data();
        for (std::size_t root = 0; root < grove.roots; ++root) std::copy_n(weights, lanes, memory + root * lanes);
        block(plan.blocks[grove.block], memory, scratch.steps.data()->lanes.data());
    }

    /// P of the block's roots is in its first places, and V takes its place.
    void block(const ExplainBlock& block, double* memory, double* steps) {
        aim(block, memory, steps);
        engine.down(question);
        if (block.is_top) {
            auto* below = memory + block.places() * lanes;
            for (std::size_t side = 0; side < 2; ++side) {
                auto* child = memory + (1 + side) * lanes;
                std::copy_n(child, lanes, below);
                this->block(plan.blocks[block.below[side]], below, steps + 2 * lanes);
                std::copy_n(below, lanes, child);
            }
            aim(block, memory, steps);
        }
        engine.up(question);
    }

    void aim(const ExplainBlock& block, double* memory, double* steps) {
        question.forks = plan.forks.data() + block.first_fork;
        question.repeats = plan.repeats.data() + block.first_repeat;
        question.twigs = plan.twigs.data() + block.first_twig;
        question.leaves = plan.leaves.data() + block.first_leaf;
        question.fork_count = block.forks;
        question.twig_count = block.twigs;
        question.leaf_count = block.leaves;
        question.lanes = memory;
        question.steps = steps;
    }
};

double fold(const std::array<double, lanes_max>& lanes) {
    return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

Scratch& thread_scratch() {
    thread_local Scratch scratch;
    return scratch;
}

/// Calls explain(grove, rule) for the groves of each output, with the sums at zero before, and finish(output) after them.
template <class Explain, class Finish>
void each_output(const ExplainPlan& plan, std::size_t octets, Explain explain, Finish finish) {
    for (auto grove = plan.groves.begin(); grove < plan.groves.end();) {
        auto output = grove->output;
        thread_scratch().sums.assign(octets, Octet{});
        for (; grove < plan.groves.end() && grove->output == output; ++grove) explain(*grove, plan.rules[grove->rule]);
        finish(output);
    }
}

}  // namespace

void explain_row(const ExplainPlan& plan, const ExplainEngines& engines, std::span<const std::uint16_t> slots, MatrixView<double> out) {
    auto& scratch = thread_scratch();
    TreeWalk walk{plan, scratch, {.slots = slots.data(), .followed = scratch.followed_by_row.data(), .place_scale = 1}, {}, 0};
    auto explain = [&](const ExplainGrove& grove, const ExplainRule& rule) {
        walk.question.sums = scratch.sums.data()->lanes.data();
        walk.lanes = rule.width;
        walk.engine = rule.width == lanes_max ? engines.eight : engines.four;
        for (std::size_t first = 0; first < rule.point_count; first += rule.width) {
            walk.question.points = rule.points.data() + first;
            walk.question.reciprocals = plan.reciprocals.data() + first;
            walk.grove(grove, rule.weights.data() + first);
        }
    };
    each_output(plan, plan.features.size(), explain, [&](std::size_t output) {
        for (std::size_t j = 0; j < plan.features.size(); ++j) out(output, plan.features[j]) = fold(scratch.sums[j].lanes);
    });
}

void explain_rows(const ExplainPlan& plan, const ExplainEngines& engines, std::span<const std::int64_t> slots, MatrixView<double> out) {
    constexpr auto rows = explain_rows_at_once;
    auto& scratch = thread_scratch();
    std::size_t sums_of_point = plan.features.size() * rows, outputs = out.rows() / rows;
    TreeWalk walk{plan, scratch, {.slots = slots.data(), .followed = scratch.followed_by_rows.data()->rows.data()}, engines.rows, rows};
    auto explain = [&](const ExplainGrove& grove, const ExplainRule& rule) {
        walk.question.place_scale = rows / rule.width;
        for (std::size_t point = 0; point < rule.point_count; ++point) {
            walk.question.sums = scratch.sums.data()->lanes.data() + point % lanes_max * sums_of_point;
            walk.question.points = rule.points.data() + point;
            walk.question.reciprocals = plan.reciprocals.data() + point;
            walk.question.knows_followed = point > 0 && !plan.blocks[grove.block].is_top;
            std::array<double, rows> weights;
            weights.fill(rule.weights[point]);
            walk.grove(grove, weights.data());
        }
    };
    each_output(plan, sums_of_point, explain, [&](std::size_t output) {
        const auto* sums = scratch.sums.data()->lanes.data();
        for (std::size_t j = 0; j < plan.features.size(); ++j)
            for (std::size_t row = 0; row < rows; ++row) {
                std::array<double, lanes_max> lanes;
                for (std::size_t k = 0; k < lanes_max; ++k) lanes[k] = sums[k * sums_of_point + j * rows + row];
                out(row * outputs + output, plan.features[j]) = fold(lanes);
            }
    });
}

/// Lanes beyond the points ask at some point with no weight.
ExplainRule make_explain_rule(std::size_t points) {
    auto quadrature = gauss_legendre(points);
    std::size_t width = points <= 4 ? 4 : 8, lanes = (points + width - 1) / width * width;
    quadrature.points.resize(lanes, 0.5);
    quadrature.weights.resize(lanes, 0.0);
    return {points, width, std::move(quadrature.points), std::move(quadrature.weights)};
}

}  // namespace quoin
