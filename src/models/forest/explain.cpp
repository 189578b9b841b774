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

/// One split of a block between the way down and the way up.
template <std::size_t width>
struct Step {
    Lanes<width> ratio, gain;
    std::size_t right;
};

/// What one thread needs: 164 KiB and 64 bytes a feature, of which 10 KiB are touched for trees of 31 leaves.
struct Scratch {
    std::vector<Octet> lanes = std::vector<Octet>(explain_block_nodes);  ///< by place: P on the way down, V on the way up
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

/// A block and what is asked of it.
struct Question {
    const ExplainSplit* splits;
    const ExplainLeaf* leaves;
    std::size_t split_count;
    const std::uint16_t* slots;
    const double* points;   ///< of the lanes
    const double* product;  ///< P of the root
    double* value;          ///< V of the root, out
    Scratch* scratch;
};

template <std::size_t width>
[[gnu::always_inline]] inline Lanes<width>& lanes_at(Octet* octets, std::size_t byte) {
    return *reinterpret_cast<Lanes<width>*>(reinterpret_cast<std::byte*>(octets) + byte);
}

template <std::size_t width>
[[gnu::always_inline]] inline Step<width>* steps_of(Scratch& scratch) {
    return reinterpret_cast<Step<width>*>(scratch.steps.data());
}

template <std::size_t width>
[[gnu::always_inline]] inline void walk_down(const Question& question, const Lanes<width>& points) {
    auto& scratch = *question.scratch;
    auto* lanes = scratch.lanes.data();
    auto* step = steps_of<width>(scratch);
    const auto* slots = question.slots;
    const Lanes<width> rest = 1.0 - points;
    for (const auto *split = question.splits, *end = split + question.split_count; split < end; ++split, ++step) {
        std::size_t right = slots[split->slot] >= split->rank;
        auto followed = scratch.followed[split->previous];
        scratch.follow(*split, right != 0);
        const Lanes<width> product = lanes_at<width>(lanes, split->place), share = split->other_share[right] - Lanes<width>{};
        Lanes<width> ratio = share * rest, gain = share * product;
        if (split->previous != 0) {  // known per split, not per row; the choice by `followed` is a mask
            const Lanes<width> inverse = 1.0 / (split->previous_share + (1 - split->previous_share) * points);
            const Lanes<width> scaled = split->previous_share * inverse;
            const auto left_before = (followed - Lanes<width>{}) == Lanes<width>{};
            ratio = left_before ? share : ratio * scaled;
            gain = left_before ? Lanes<width>{} : gain * (scaled * inverse);
        }
        const Lanes<width> other = ratio * product;
        step->right = right;
        step->ratio = ratio;
        step->gain = gain;
        lanes_at<width>(lanes, split->children[right]) = product - other;
        lanes_at<width>(lanes, split->children[right ^ 1]) = other;
    }
}

template <std::size_t width>
[[gnu::always_inline]] inline void walk_up(const Question& question) {
    auto& scratch = *question.scratch;
    auto* lanes = scratch.lanes.data();
    auto* sums = scratch.sums.data();
    for (const auto *leaf = question.leaves, *end = leaf + question.split_count + 1; leaf < end; ++leaf)
        lanes_at<width>(lanes, leaf->place) = leaf->value - Lanes<width>{};
    auto* step = steps_of<width>(scratch) + question.split_count;
    for (const auto* split = question.splits + question.split_count; split > question.splits;) {
        --split;
        --step;
        const Lanes<width> taken = lanes_at<width>(lanes, split->children[step->right]);
        const Lanes<width> difference = taken - lanes_at<width>(lanes, split->children[step->right ^ 1]);
        auto& sum = lanes_at<width>(sums + split->feature, 0);
        sum = sum + step->gain * difference;
        lanes_at<width>(lanes, split->place) = taken - step->ratio * difference;
    }
}

template <std::size_t width>
[[gnu::always_inline]] inline void explain_block(const Question& question) {
    auto& root = lanes_at<width>(question.scratch->lanes.data(), 0);
    Lanes<width> points;
    std::memcpy(&points, question.points, sizeof points);
    std::memcpy(&root, question.product, sizeof root);
    walk_down<width>(question, points);
    walk_up<width>(question);
    std::memcpy(question.value, &root, sizeof root);
}

// The same operations in the same order on every machine, with wider registers where there are any: the bits do not differ.
using Explain = void (*)(const Question&);
void explain_4(const Question& question) { explain_block<4>(question); }
void explain_8(const Question& question) { explain_block<8>(question); }

struct Engines {
    Explain four = explain_4, eight = explain_8;
};

#ifdef __x86_64__
[[gnu::target("avx2")]] void explain_4_avx2(const Question& question) { explain_block<4>(question); }
[[gnu::target("avx2")]] void explain_8_avx2(const Question& question) { explain_block<8>(question); }
[[gnu::target("avx512f,avx512vl,avx512dq")]] void explain_8_avx512(const Question& question) { explain_block<8>(question); }

Engines engines_here() {
    if (!__builtin_cpu_supports("avx2")) return {};
    bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    return {explain_4_avx2, wide ? explain_8_avx512 : explain_8_avx2};
}
#else
Engines engines_here() { return {}; }
#endif

/// The trees at the points of one register, for one row.
struct TreeWalk {
    const ExplainPlan& plan;
    Question question;  ///< all but the block
    Explain explain;

    void subtree(ExplainSubtree part, const double* product, double* value) {
        if (part.is_top) return top(plan.tops[part.index], product, value);
        const auto& block = plan.blocks[part.index];
        question.splits = plan.splits.data() + block.first_split;
        question.leaves = plan.leaves.data() + block.first_leaf;
        question.split_count = block.splits;
        question.product = product;
        question.value = value;
        explain(question);
    }

    /// One split of a top: the steps of walk_down, the subtrees, the steps of walk_up.
    void top(const ExplainTop& part, const double* product, double* value) {
        const auto& split = plan.splits[part.split];
        auto& scratch = *question.scratch;
        const auto* points = question.points;
        bool right = question.slots[split.slot] >= split.rank, followed = scratch.followed[split.previous] != 0;
        double share = split.other_share[right], previous = split.previous_share;
        scratch.follow(split, right);
        Octet ratio, gain, product_of[2], value_of[2];
        for (std::size_t k = 0; k < lanes_max; ++k) {
            double inverse = 1 / (previous + (1 - previous) * points[k]), scaled = previous * inverse;
            ratio.lanes[k] = followed ? share * (1 - points[k]) * scaled : share;
            gain.lanes[k] = followed ? share * product[k] * (scaled * inverse) : 0;
            double other = ratio.lanes[k] * product[k];
            product_of[right].lanes[k] = product[k] - other;
            product_of[!right].lanes[k] = other;
        }
        for (std::size_t side = 0; side < 2; ++side)
            subtree(part.children[side], product_of[side].lanes.data(), value_of[side].lanes.data());
        auto& sum = scratch.sums[split.feature];
        for (std::size_t k = 0; k < lanes_max; ++k) {
            double taken = value_of[right].lanes[k], difference = taken - value_of[!right].lanes[k];
            sum.lanes[k] += gain.lanes[k] * difference;
            value[k] = taken - ratio.lanes[k] * difference;
        }
    }
};

}  // namespace

void explain_row(const ExplainPlan& plan, std::span<const std::uint16_t> slots, MatrixView<double> out) {
    static const Engines engines = engines_here();
    thread_local Scratch scratch;
    TreeWalk walk{plan, {.slots = slots.data(), .scratch = &scratch}, nullptr};
    Octet value;
    for (std::size_t t = 0; t < plan.trees.size();) {
        auto output = plan.trees[t].output;
        scratch.sums.assign(plan.features.size(), Octet{});
        for (; t < plan.trees.size() && plan.trees[t].output == output; ++t) {
            const auto& rule = plan.rules[plan.trees[t].rule];
            std::size_t width = std::min(rule.points.size(), lanes_max);
            walk.explain = width == lanes_max ? engines.eight : engines.four;
            for (std::size_t first = 0; first < rule.points.size(); first += width) {
                walk.question.points = rule.points.data() + first;
                walk.subtree(plan.trees[t].root, rule.weights.data() + first, value.lanes.data());
            }
        }
        for (std::size_t j = 0; j < plan.features.size(); ++j) {
            const auto& lanes = scratch.sums[j].lanes;
            double low = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]), high = (lanes[4] + lanes[5]) + (lanes[6] + lanes[7]);
            out(output, plan.features[j]) = low + high;
        }
    }
}

}  // namespace quoin
