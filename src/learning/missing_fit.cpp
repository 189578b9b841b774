#include "learning/missing_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/parallel.h"
#include "base/rng.h"

namespace quoin {
namespace {

constexpr std::size_t rows_max = 1500;
constexpr std::size_t random_sets = 48;
constexpr std::array levels = {0.8, 0.95};
constexpr double lacking_share_min = 0.01, lacking_rows_min = 30;
constexpr double covered_sets = 0.9;
constexpr double width_min = 1e-12;
constexpr int rounds = 200;  // of coordinate descent; the sets are far better conditioned than that

using Inputs = std::vector<std::size_t>;

double quantile_of(std::vector<double> values, double level) {
    auto last = values.size() - 1;
    auto at = std::min(last, static_cast<std::size_t>(std::ceil(level * static_cast<double>(values.size()))) - 1);
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
    return values[at];
}

/// The rows that are masked, and what is known of each without a mask.
class Knockout {
public:
    explicit Knockout(const MissingData& data) : data_(data) {
        for (std::size_t i = 0; i < data.raw.rows(); ++i)
            if (std::isfinite(data.held_out.scores[i])) rows_.push_back(i);
        Rng(data.seed).split(7).shuffle(std::span(rows_));
        rows_.resize(std::min(rows_.size(), rows_max));
        std::ranges::sort(rows_);
        full_ = answers({});
        base_ = needed({});
    }

    /// Inputs that training rows hardly ever lack.
    Inputs candidates() const {
        const auto& inputs = data_.model.encoder.inputs();
        Inputs found;
        for (std::size_t j = 0; j < inputs.size(); ++j) {
            double lacking = 0;
            for (std::size_t i = 0; i < data_.raw.rows(); ++i) lacking += std::isnan(data_.raw(i, j));
            bool is_learned = lacking >= lacking_rows_min && lacking >= lacking_share_min * static_cast<double>(data_.raw.rows());
            if (inputs[j].name != data_.model.time_column && !is_learned) found.push_back(j);
        }
        return found;
    }

    double factor(const Inputs& set) const {
        auto own = needed(set);
        double factor = 1;
        for (std::size_t k = 0; k < levels.size(); ++k) factor = std::max(factor, own[k] / std::max(base_[k], width_min));
        return factor;
    }

private:
    std::vector<TrainedModel::Answer> answers(const Inputs& set) const {
        Matrix masked(rows_.size(), data_.raw.columns());
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            std::ranges::copy(data_.raw.row(rows_[i]), masked.row(i).begin());
            for (auto input : set) masked(i, input) = std::numeric_limits<double>::quiet_NaN();
        }
        auto encoded = data_.model.encoder.encode(masked);
        auto predictions = data_.model.ensemble.member_predictions(encoded.view());
        return data_.model.answers({masked.view(), encoded.view(), predictions.view()});
    }

    /// By level: the quantile over the rows of |residual| over the interval's half-width on that side.
    std::array<double, levels.size()> needed(const Inputs& set) const {
        auto masked = set.empty() ? full_ : answers(set);
        std::array<double, levels.size()> all{};
        for (std::size_t k = 0; k < levels.size(); ++k) {
            std::vector<double> ratios;
            for (std::size_t i = 0; i < rows_.size(); ++i) ratios.push_back(ratio(i, masked[i], Probability{levels[k]}));
            all[k] = quantile_of(std::move(ratios), levels[k]);
        }
        return all;
    }

    double ratio(std::size_t i, const TrainedModel::Answer& masked, Probability level) const {
        auto row = rows_[i];
        double time = data_.model.time_level(data_.model.day(data_.raw.row(row)));
        double score = data_.held_out.scores[row] + time + masked.score - full_[i].score;
        double difficulty = data_.held_out.difficulties[row] * masked.difficulty / full_[i].difficulty;
        auto interval = data_.model.conformal->interval(score, difficulty, masked.group, level);
        double residual = data_.labels[row] - score;
        double half = residual > 0 ? interval.upper - score : score - interval.lower;
        return std::abs(residual) / std::max(half, width_min);
    }

    const MissingData& data_;
    std::vector<std::size_t> rows_;
    std::vector<TrainedModel::Answer> full_;
    std::array<double, levels.size()> base_{};
};

/// Each input alone, then random sets of two and more, the last of them all.
std::vector<Inputs> sets_of(Inputs candidates, std::uint64_t seed) {
    std::vector<Inputs> sets;
    for (auto input : candidates) sets.push_back({input});
    if (candidates.size() < 2) return sets;
    Rng rng = Rng(seed).split(8);
    for (std::size_t k = 0; k + 1 < random_sets && candidates.size() > 2; ++k) {
        rng.shuffle(std::span(candidates));
        auto size = 2 + rng.below(candidates.size() - 1);
        sets.emplace_back(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(size));
    }
    sets.push_back(candidates);
    return sets;
}

double sum_over(const Inputs& set, const std::vector<double>& weights) {
    return std::accumulate(set.begin(), set.end(), 0.0, [&](double sum, std::size_t input) { return sum + weights[input]; });
}

/// Non-negative least squares of the excesses on the sets' members.
std::vector<double> least_squares(const std::vector<Inputs>& sets, const std::vector<double>& excess, std::size_t inputs) {
    std::vector<double> weights(inputs, 0), left = excess;
    std::vector<std::vector<std::size_t>> sets_with(inputs);
    for (std::size_t s = 0; s < sets.size(); ++s)
        for (auto input : sets[s]) sets_with[input].push_back(s);
    for (int round = 0; round < rounds; ++round)
        for (std::size_t j = 0; j < inputs; ++j) {
            if (sets_with[j].empty()) continue;
            double sum = 0;
            for (auto s : sets_with[j]) sum += left[s];
            double moved = std::max(0.0, weights[j] + sum / static_cast<double>(sets_with[j].size())) - weights[j];
            weights[j] += moved;
            for (auto s : sets_with[j]) left[s] -= moved;
        }
    return weights;
}

}  // namespace

MissingInputs fit_missing_inputs(const MissingData& data, Progress& progress) {
    MissingInputs missing{.weights = std::vector<double>(data.raw.columns(), 0.0)};
    Knockout knockout(data);
    auto candidates = knockout.candidates();
    if (candidates.empty()) return missing;
    auto sets = sets_of(candidates, data.seed);
    std::vector<double> excess(sets.size());
    progress.phase("knock inputs out", sets.size());
    parallel_for(sets.size(), [&](std::size_t s) {
        excess[s] = std::pow(knockout.factor(sets[s]), 2) - 1;
        progress.step();
    });
    missing.weights = least_squares(sets, excess, data.raw.columns());
    for (std::size_t k = 0; k < candidates.size(); ++k)
        missing.weights[candidates[k]] = std::max(missing.weights[candidates[k]], excess[k]);
    std::vector<double> short_by;  // what a set of several asks for over what its weights give
    for (std::size_t s = candidates.size(); s < sets.size(); ++s)
        if (double given = sum_over(sets[s], missing.weights); given > 0) short_by.push_back(excess[s] / given);
    if (!short_by.empty()) missing.together = std::max(1.0, quantile_of(short_by, covered_sets));
    missing.factor_max = std::sqrt(1 + std::ranges::max(excess));
    return missing;
}

}  // namespace quoin
