#include "decisions/bandit/gaussian_argmax.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "decisions/bandit/bandit.h"

namespace quoin {
namespace {

constexpr double reach = 8;               ///< deviations: Φ(−8) is 6e-16
constexpr double step_deviations = 0.75;  ///< the rule's error is exp(−2π² / 0.75²) = 6e-16 of a Gaussian
constexpr double deviation_share = 1.0 / 400;

double normal_below(double z) { return 0.5 * std::erfc(-z * M_SQRT1_2); }

/// The scores that can be the largest at all.
struct Contest {
    std::vector<std::size_t> places;
    std::vector<double> means, deviations;
    double lower, upper, step;
};

Contest contest_of(std::span<const double> means, std::span<const double> deviations) {
    const double floor = *std::max_element(deviations.begin(), deviations.end()) * deviation_share;
    auto deviation = [&](std::size_t i) { return std::max(deviations[i], floor); };
    Contest contest{.lower = -1e300, .upper = -1e300, .step = 1e300};
    for (std::size_t i = 0; i < means.size(); ++i) contest.lower = std::max(contest.lower, means[i] - reach * deviation(i));
    for (std::size_t i = 0; i < means.size(); ++i) {
        if (means[i] + reach * deviation(i) < contest.lower) continue;
        contest.places.push_back(i);
        contest.means.push_back(means[i]);
        contest.deviations.push_back(deviation(i));
        contest.upper = std::max(contest.upper, means[i] + reach * deviation(i));
        contest.step = std::min(contest.step, step_deviations * deviation(i));
    }
    return contest;
}

/// Adds to each probability its density of being the largest at `t`.
void add_node(const Contest& contest, double t, std::span<double> below, std::span<double> sums) {
    const std::size_t count = contest.places.size();
    double product = 1;
    for (std::size_t i = 0; i < count; ++i) {
        below[i] = normal_below((t - contest.means[i]) / contest.deviations[i]);
        product *= below[i];
    }
    if (product == 0) return;
    for (std::size_t i = 0; i < count; ++i) {
        const double z = (t - contest.means[i]) / contest.deviations[i];
        sums[i] += std::exp(-0.5 * z * z) / contest.deviations[i] * (product / below[i]);
    }
}

}  // namespace

void probabilities_of_best(std::span<const double> means, std::span<const double> deviations, std::span<double> out) {
    if (*std::max_element(deviations.begin(), deviations.end()) <= 0) return share_among_best(means, out);
    const Contest contest = contest_of(means, deviations);
    const std::size_t count = contest.places.size();
    std::fill(out.begin(), out.end(), 0.0);
    if (count == 1) {
        out[contest.places.front()] = 1;
        return;
    }
    std::vector<double> below(count), sums(count, 0.0);
    const auto nodes = static_cast<std::size_t>(std::ceil((contest.upper - contest.lower) / contest.step)) + 1;
    for (std::size_t node = 0; node < nodes; ++node)
        add_node(contest, contest.lower + static_cast<double>(node) * contest.step, below, sums);
    const double sum = std::accumulate(sums.begin(), sums.end(), 0.0);
    for (std::size_t i = 0; i < count; ++i) out[contest.places[i]] = sums[i] / sum;
}

}  // namespace quoin
