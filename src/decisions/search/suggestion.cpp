#include "decisions/search/suggestion.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace quoin {
namespace {

using Shares = std::vector<double>;

constexpr std::size_t refined_count = 5, thompson_points = 500, moves_max = 200;
constexpr double first_step = 0.1, last_step = 5e-5;

bool is_category(const SearchSpace& space, std::size_t place) { return space.parameters()[place].kind == ParameterKind::categorical; }

/// Around a center: each coordinate moves with probability 1/2, by a normal step of a random size; a category is drawn anew.
Shares nearby(const SearchSpace& space, Shares shares, Rng& rng) {
    const double size = 0.2 * std::pow(10.0, -2 * rng.uniform());
    for (std::size_t place = 0; place < shares.size(); ++place) {
        if (rng.uniform() < 0.5) continue;
        if (is_category(space, place)) shares[place] = rng.uniform();
        else shares[place] = std::clamp(shares[place] + size * rng.normal(), 0.0, 1.0);
    }
    return shares;
}

std::vector<Shares> candidates_of(const SearchSpace& space, const SuggestionOptions& options, Rng& rng) {
    const bool is_draw = options.acquisition.kind == Acquisition::thompson;
    std::vector<Shares> candidates(is_draw ? std::min(options.candidates, thompson_points) : options.candidates);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (i % 2 == 1 && !options.centers.empty()) {
            candidates[i] = nearby(space, options.centers[rng.below(options.centers.size())], rng);
            continue;
        }
        candidates[i].resize(space.parameters().size());
        for (double& share : candidates[i]) share = rng.uniform();
    }
    return candidates;
}

Matrix inputs_of(const SearchSpace& space, std::span<const Shares> points) {
    Matrix inputs(points.size(), space.input_count());
    for (std::size_t i = 0; i < points.size(); ++i) std::ranges::copy(space.inputs(points[i]), inputs.row(i).begin());
    return inputs;
}

struct Scored {
    Shares shares;
    double score;
};

/// The same point moved along each axis, both ways.
std::vector<Shares> neighbours(const SearchSpace& space, const Shares& shares, double step, Rng& rng) {
    std::vector<Shares> around;
    for (std::size_t place = 0; place < shares.size(); ++place) {
        for (double way : {-1.0, 1.0}) {
            Shares& moved = around.emplace_back(shares);
            moved[place] = is_category(space, place) ? rng.uniform() : std::clamp(shares[place] + way * step, 0.0, 1.0);
        }
    }
    return around;
}

Scored refined(const SearchSpace& space, const Surrogate& surrogate, Scored at, std::pair<const AcquisitionOptions&, Rng&> with) {
    double step = first_step;
    for (std::size_t move = 0; move < moves_max && step > last_step; ++move) {
        const auto around = neighbours(space, at.shares, step, with.second);
        const auto scores = acquisition_scores(surrogate, inputs_of(space, around), with.first, with.second);
        const auto best = static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
        if (scores[best] > at.score) at = {around[best], scores[best]};
        else step /= 2;
    }
    return at;
}

}  // namespace

std::vector<double> suggested_shares(const SearchSpace& space, const Surrogate& surrogate, const SuggestionOptions& options, Rng& rng) {
    const auto candidates = candidates_of(space, options, rng);
    const auto scores = acquisition_scores(surrogate, inputs_of(space, candidates), options.acquisition, rng);
    std::vector<std::size_t> order(candidates.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    Scored best{candidates[order.front()], scores[order.front()]};
    if (options.acquisition.kind == Acquisition::thompson) return best.shares;
    for (std::size_t i = 0; i < std::min(refined_count, order.size()); ++i) {
        Scored found = refined(space, surrogate, {candidates[order[i]], scores[order[i]]}, {options.acquisition, rng});
        if (found.score > best.score) best = std::move(found);
    }
    return best.shares;
}

}  // namespace quoin
