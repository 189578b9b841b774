// Exact path-dependent SHAP values (the game of Lundberg et al. 2020) by a quadrature that is exact.
//
// Seen from one leaf with value v, a feature on its path is satisfied by the row (z = 1) or not (z = 0), and has the product w of the cover
// shares of its edges. The leaf's Shapley value for feature i is Owen's (1972) integral
//     v · ∫₀¹ (z_i − w_i) · Π_{j≠i} (w_j + t (z_j − w_j)) dt,
// a polynomial of degree d − 1 in t for d features, so Gauss–Legendre with ⌈d/2⌉ points is exact. Every factor is in (0, 1]: nothing
// cancels or overflows. All leaves of a tree share one walk down and up. Let, at a point t,
//     P(n) = Π of the factors of the features on the path to node n, times the point's weight,
//     V(n) = value of the subtree below n where a feature is taken as known with probability t.
// At a split let T be the child that the row takes, O the other, u the cover share of O, and r the ratio by which P changes towards O:
//     P(O) = r P(n),  P(T) = (1 − r) P(n),  V(n) = V(T) − r (V(T) − V(O)),  φ_i += Σ_t g (V(T) − V(O)),
// because the factors of both children add up to that of the feature before the split. With w the product of the shares of the edges above
// that ask the same feature (1 if there are none), and f = w + t (1 − w) its factor so far:
//     the row took all those edges:   r = u (1 − t) w / f,   g = P(n) u w / f²
//     it left one of them:            r = u,                 g = 0
// What differs from the papers: no weights by subset size and no polynomial coefficients; no division unless a feature repeats on a path;
// a split costs nine vector operations for four points, which serve any path of up to eight features.

#include "models/forest/explain.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace quoin {
namespace {

constexpr std::size_t lanes_max = 8;
constexpr std::size_t depth_max = 1024;

template <std::size_t width>
struct Vector {
    typedef double Type __attribute__((vector_size(width * sizeof(double)), may_alias));
};
template <std::size_t width>
using Lanes = typename Vector<width>::Type;

struct alignas(64) Octet {
    std::array<double, lanes_max> lanes;
};

/// One split of a block between the way down and the way up. Places are byte offsets into Scratch::lanes, features into Scratch::sums.
template <std::size_t width>
struct Step {
    Lanes<width> ratio, gain;
    std::uint32_t taken, other, place, feature;
};

/// What one thread needs: 260 KiB and 64 bytes a feature, of which 10 KiB are touched for trees of 31 leaves.
struct Scratch {
    std::vector<Octet> lanes = std::vector<Octet>(explain_block_nodes);
    std::vector<Octet> steps = std::vector<Octet>(explain_block_nodes / 2 * sizeof(Step<lanes_max>) / sizeof(Octet));
    alignas(2) std::array<std::uint8_t, 2 * depth_max + 4> followed{};  ///< by edge: the row takes it and all of its feature above
    std::vector<Octet> sums;                                            ///< by feature of the plan: SHAP value, spread over lanes

    Scratch() { followed[0] = 1; }  // where there is no edge above, nothing was left

    /// The edges below a split: what leads to `right` is followed if what led here was.
    void follow(const ExplainSplit& split, bool right) {
        auto both = static_cast<std::uint16_t>(followed[split.previous] << (right ? 8 : 0));
        std::memcpy(&followed[split.edges], &both, sizeof both);
    }
};

/// A subtree of at most explain_block_nodes nodes: splits and leaves in preorder, the first at place `root`.
struct Block {
    const ExplainSplit* splits;
    const ExplainLeaf* leaves;
    std::uint32_t root, nodes;
    const std::uint16_t* slots;
    const double* points;   ///< of the lanes
    const double* product;  ///< P of the root
    double* value;          ///< V of the root, out
    Scratch* scratch;
};

template <std::size_t width>
[[gnu::always_inline]] inline Lanes<width>& lanes_at(std::vector<Octet>& octets, std::size_t byte) {
    return *reinterpret_cast<Lanes<width>*>(reinterpret_cast<std::byte*>(octets.data()) + byte);
}

template <std::size_t width>
[[gnu::always_inline]] inline Step<width>* steps_of(Scratch& scratch) {
    return reinterpret_cast<Step<width>*>(scratch.steps.data());
}

template <std::size_t width>
[[gnu::always_inline]] inline void walk_down(const Block& block, const Lanes<width>& points) {
    auto& scratch = *block.scratch;
    auto* step = steps_of<width>(scratch);
    const auto* slots = block.slots;
    const Lanes<width> rest = 1.0 - points;
    for (const auto *split = block.splits, *end = split + block.nodes / 2; split < end; ++split, ++step) {
        bool right = slots[split->slot] >= split->rank;
        auto followed = scratch.followed[split->previous];
        scratch.follow(*split, right);
        auto place = split->place - block.root;
        step->place = static_cast<std::uint32_t>(place * sizeof(Lanes<width>));
        step->feature = static_cast<std::uint32_t>(split->feature * sizeof(Octet));
        step->taken = static_cast<std::uint32_t>((place + split->children[right]) * sizeof(Lanes<width>));
        step->other = static_cast<std::uint32_t>((place + split->children[!right]) * sizeof(Lanes<width>));
        const Lanes<width> product = lanes_at<width>(scratch.lanes, step->place), share = split->other_share[right] - Lanes<width>{};
        Lanes<width> ratio = share * rest, gain = share * product;
        if (split->previous != 0) {  // known per split, not per row; the choice by `followed` is a mask
            const Lanes<width> inverse = 1.0 / (split->previous_share + (1 - split->previous_share) * points);
            const Lanes<width> scaled = split->previous_share * inverse;
            const auto left_before = (followed - Lanes<width>{}) == Lanes<width>{};
            ratio = left_before ? share : ratio * scaled;
            gain = left_before ? Lanes<width>{} : gain * (scaled * inverse);
        }
        const Lanes<width> other = ratio * product;
        step->ratio = ratio;
        step->gain = gain;
        lanes_at<width>(scratch.lanes, step->taken) = product - other;
        lanes_at<width>(scratch.lanes, step->other) = other;
    }
}

template <std::size_t width>
[[gnu::always_inline]] inline void walk_up(const Block& block) {
    auto& scratch = *block.scratch;
    for (const auto *leaf = block.leaves, *end = leaf + block.nodes / 2 + 1; leaf < end; ++leaf)
        lanes_at<width>(scratch.lanes, (leaf->place - block.root) * sizeof(Lanes<width>)) = leaf->value - Lanes<width>{};
    auto* first = steps_of<width>(scratch);
    for (auto* step = first + block.nodes / 2; step-- > first;) {
        const Lanes<width> taken = lanes_at<width>(scratch.lanes, step->taken);
        const Lanes<width> difference = taken - lanes_at<width>(scratch.lanes, step->other);
        auto& sum = lanes_at<width>(scratch.sums, step->feature);
        sum = sum + step->gain * difference;
        lanes_at<width>(scratch.lanes, step->place) = taken - step->ratio * difference;
    }
}

template <std::size_t width>
[[gnu::always_inline]] inline void explain_block(const Block& block) {
    auto& root = lanes_at<width>(block.scratch->lanes, 0);
    Lanes<width> points;
    std::memcpy(&points, block.points, sizeof points);
    std::memcpy(&root, block.product, sizeof root);
    walk_down<width>(block, points);
    walk_up<width>(block);
    std::memcpy(block.value, &root, sizeof root);
}

// The same operations in the same order on every machine, with wider registers where there are any: the bits do not differ.
using Explain = void (*)(const Block&);
void explain_4(const Block& block) { explain_block<4>(block); }
void explain_8(const Block& block) { explain_block<8>(block); }

struct Engines {
    Explain four = explain_4, eight = explain_8;
};

#ifdef __x86_64__
[[gnu::target("avx2")]] void explain_4_avx2(const Block& block) { explain_block<4>(block); }
[[gnu::target("avx2")]] void explain_8_avx2(const Block& block) { explain_block<8>(block); }
[[gnu::target("avx512f,avx512vl,avx512dq")]] void explain_8_avx512(const Block& block) { explain_block<8>(block); }

Engines engines_here() {
    if (!__builtin_cpu_supports("avx2")) return {};
    bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    return {explain_4_avx2, wide ? explain_8_avx512 : explain_8_avx2};
}
#else
Engines engines_here() { return {}; }
#endif

/// One tree at the points of one register.
class TreeWalk {
public:
    TreeWalk(const Block& tree, Explain explain) : tree_(tree), explain_(explain) {}

    struct Subtree {
        std::uint32_t split, leaf, place, nodes;
    };

    void subtree(const Subtree& part, const double* product, double* value) {
        if (part.nodes > explain_block_nodes) return top(part, product, value);
        Block block = tree_;
        block.splits += part.split;
        block.leaves += part.leaf;
        block.root = part.place;
        block.nodes = part.nodes;
        block.product = product;
        block.value = value;
        explain_(block);
    }

private:
    /// One split of the top of a large tree: the steps of walk_down, the subtrees, the steps of walk_up.
    void top(const Subtree& part, const double* product, double* value) {
        const auto& split = tree_.splits[part.split];
        auto& scratch = *tree_.scratch;
        bool right = tree_.slots[split.slot] >= split.rank, followed = scratch.followed[split.previous] != 0;
        double share = split.other_share[right], previous = split.previous_share;
        scratch.follow(split, right);
        Octet ratio, gain, product_of[2], value_of[2];
        for (std::size_t k = 0; k < lanes_max; ++k) {
            double inverse = 1 / (previous + (1 - previous) * tree_.points[k]), scaled = previous * inverse;
            ratio.lanes[k] = followed ? share * (1 - tree_.points[k]) * scaled : share;
            gain.lanes[k] = followed ? share * product[k] * (scaled * inverse) : 0;
            double other = ratio.lanes[k] * product[k];
            product_of[right].lanes[k] = product[k] - other;
            product_of[!right].lanes[k] = other;
        }
        auto left_nodes = split.children[1] - 1;
        Subtree left{part.split + 1, part.leaf, part.place + 1, left_nodes};
        Subtree below{left.split + left_nodes / 2, left.leaf + (left_nodes + 1) / 2, part.place + split.children[1],
                      part.nodes - 1 - left_nodes};
        subtree(left, product_of[0].lanes.data(), value_of[0].lanes.data());
        subtree(below, product_of[1].lanes.data(), value_of[1].lanes.data());
        auto& sum = scratch.sums[split.feature];
        for (std::size_t k = 0; k < lanes_max; ++k) {
            double taken = value_of[right].lanes[k], difference = taken - value_of[!right].lanes[k];
            sum.lanes[k] += gain.lanes[k] * difference;
            value[k] = taken - ratio.lanes[k] * difference;
        }
    }

    const Block& tree_;
    Explain explain_;
};

void explain_tree(const ExplainPlan& plan, const ExplainTree& tree, std::span<const std::uint16_t> slots, Scratch& scratch,
                  const Engines& engines) {
    const auto& rule = plan.rules[tree.rule];
    std::size_t width = std::min(rule.points.size(), lanes_max);
    for (std::size_t first = 0; first < rule.points.size(); first += width) {
        Block block{.splits = plan.splits.data() + tree.first_split,
                    .leaves = plan.leaves.data() + tree.first_leaf,
                    .root = 0,
                    .nodes = tree.nodes,
                    .slots = slots.data(),
                    .points = rule.points.data() + first,
                    .product = rule.weights.data() + first,
                    .value = nullptr,
                    .scratch = &scratch};
        Octet value;
        TreeWalk(block, width == 4 ? engines.four : engines.eight).subtree({0, 0, 0, tree.nodes}, block.product, value.lanes.data());
    }
}

}  // namespace

void explain_row(const ExplainPlan& plan, std::span<const std::uint16_t> slots, MatrixView<double> out) {
    static const Engines engines = engines_here();
    thread_local Scratch scratch;
    for (std::size_t t = 0; t < plan.trees.size();) {
        auto output = plan.trees[t].output;
        scratch.sums.assign(plan.features.size(), Octet{});
        for (; t < plan.trees.size() && plan.trees[t].output == output; ++t) explain_tree(plan, plan.trees[t], slots, scratch, engines);
        for (std::size_t j = 0; j < plan.features.size(); ++j) {
            const auto& lanes = scratch.sums[j].lanes;
            double low = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]), high = (lanes[4] + lanes[5]) + (lanes[6] + lanes[7]);
            out(output, plan.features[j]) = low + high;
        }
    }
}

}  // namespace quoin
