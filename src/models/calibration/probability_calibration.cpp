#include "models/calibration/probability_calibration.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <numeric>

namespace quoin {
namespace {

Status check_input(std::span<const double> scores, std::span<const double> labels) {
    if (scores.empty()) return fail(ErrorKind::invalid, "probability calibration needs at least one row");
    if (scores.size() != labels.size()) return fail(ErrorKind::invalid, "there are {} scores but {} labels", scores.size(), labels.size());
    for (std::size_t row = 0; row < scores.size(); ++row)
        if (!std::isfinite(scores[row]) || !std::isfinite(labels[row]))
            return fail(ErrorKind::invalid, "calibration row {} has a score or label that is not a finite number", row);
    return {};
}

/// Overflow-safe 1 / (1 + exp(−x)).
double logistic(double x) {
    if (x >= 0) return 1 / (1 + std::exp(-x));
    double e = std::exp(x);
    return e / (1 + e);
}

/// log(1 + exp(x)) without overflow.
double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

/// Negative log likelihood of smoothed targets with its two first and three second derivatives.
struct PlattLoss {
    double value = 0, by_slope = 0, by_intercept = 0, slope_slope = 0, slope_intercept = 0, intercept_intercept = 0;
};

PlattLoss platt_loss(std::span<const double> scores, std::span<const double> targets, double slope, double intercept) {
    PlattLoss loss;
    loss.slope_slope = loss.intercept_intercept = 1e-12;  // Lin, Lin & Weng's ridge: the step stays finite for equal scores
    for (std::size_t row = 0; row < scores.size(); ++row) {
        double margin = slope * scores[row] + intercept, probability = logistic(margin);
        double error = probability - targets[row], curvature = probability * (1 - probability);
        loss.value += softplus(margin) - targets[row] * margin;
        loss.by_slope += error * scores[row];
        loss.by_intercept += error;
        loss.slope_slope += curvature * scores[row] * scores[row];
        loss.slope_intercept += curvature * scores[row];
        loss.intercept_intercept += curvature;
    }
    return loss;
}

}  // namespace

Result<PlattScaling> PlattScaling::fit(std::span<const double> scores, std::span<const double> labels) {
    TRY_VOID(check_input(scores, labels));
    double ones = 0, zeros = 0, scale = 0;
    for (std::size_t row = 0; row < labels.size(); ++row) {
        if (labels[row] != 0 && labels[row] != 1)
            return fail(ErrorKind::invalid, "the label of calibration row {} is {}; Platt scaling takes 0 or 1", row, labels[row]);
        (labels[row] == 1 ? ones : zeros) += 1;
        scale = std::max(scale, std::abs(scores[row]));
    }
    if (scale == 0) scale = 1;
    std::vector<double> targets(labels.size()), scaled(scores.begin(), scores.end());
    for (std::size_t row = 0; row < labels.size(); ++row) {
        targets[row] = labels[row] == 1 ? (ones + 1) / (ones + 2) : 1 / (zeros + 2);
        scaled[row] /= scale;  // to [−1, 1], so that scores of any size meet the same stopping rule
    }
    double slope = 0, intercept = std::log((ones + 1) / (zeros + 1));
    auto loss = platt_loss(scaled, targets, slope, intercept);
    for (int iteration = 0; iteration < 100 && std::hypot(loss.by_slope, loss.by_intercept) > 1e-10 * (ones + zeros); ++iteration) {
        double determinant = loss.slope_slope * loss.intercept_intercept - loss.slope_intercept * loss.slope_intercept;
        if (!(determinant > 0)) break;
        double slope_step = (loss.slope_intercept * loss.by_intercept - loss.intercept_intercept * loss.by_slope) / determinant;
        double intercept_step = (loss.slope_intercept * loss.by_slope - loss.slope_slope * loss.by_intercept) / determinant;
        double descent = loss.by_slope * slope_step + loss.by_intercept * intercept_step, share = 1;
        auto next = platt_loss(scaled, targets, slope + slope_step, intercept + intercept_step);
        for (; share > 1e-10 && next.value > loss.value + 1e-4 * share * descent; share /= 2)
            next = platt_loss(scaled, targets, slope + share / 2 * slope_step, intercept + share / 2 * intercept_step);
        if (share <= 1e-10) break;  // rounding hides any further descent
        slope += share * slope_step;
        intercept += share * intercept_step;
        loss = next;
    }
    return PlattScaling{slope / scale, intercept};
}

double PlattScaling::probability(double score) const { return logistic(slope * score + intercept); }

namespace {

/// Rows of one score, or neighbouring scores pooled into one value.
struct Block {
    double first_score, last_score, weight, sum;
    double mean() const { return sum / weight; }
};

/// Rows of one score joined, scores ascending, rows of weight 0 left out.
std::vector<Block> blocks_by_score(std::span<const double> scores, std::span<const double> labels, std::span<const double> weights) {
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
    std::vector<Block> blocks;
    for (std::size_t row : order) {
        double weight = weights.empty() ? 1.0 : weights[row];
        if (weight == 0) continue;
        if (blocks.empty() || blocks.back().last_score != scores[row]) blocks.push_back({scores[row], scores[row], 0, 0});
        blocks.back().weight += weight;
        blocks.back().sum += weight * labels[row];
    }
    return blocks;
}

}  // namespace

Result<IsotonicCalibration> IsotonicCalibration::fit(std::span<const double> scores, std::span<const double> labels,
                                                     std::span<const double> weights) {
    TRY_VOID(check_input(scores, labels));
    if (!weights.empty() && weights.size() != scores.size())
        return fail(ErrorKind::invalid, "there are {} scores but {} weights", scores.size(), weights.size());
    for (double weight : weights)
        if (!(weight >= 0) || !std::isfinite(weight)) return fail(ErrorKind::invalid, "a weight is {}, not zero or more", weight);
    std::vector<Block> pooled;
    for (const Block& block : blocks_by_score(scores, labels, weights)) {
        pooled.push_back(block);
        while (pooled.size() > 1 && pooled[pooled.size() - 2].mean() >= pooled.back().mean()) {
            Block later = pooled.back();
            pooled.pop_back();
            Block& earlier = pooled.back();
            earlier.last_score = later.last_score;
            earlier.weight += later.weight;
            earlier.sum += later.sum;
        }
    }
    if (pooled.empty()) return fail(ErrorKind::invalid, "all calibration weights are zero");
    IsotonicCalibration calibration;
    for (const Block& block : pooled) {  // a flat stretch is kept by its two ends
        calibration.scores.push_back(block.first_score);
        calibration.probabilities.push_back(block.mean());
        if (block.last_score > block.first_score) {
            calibration.scores.push_back(block.last_score);
            calibration.probabilities.push_back(block.mean());
        }
    }
    return calibration;
}

double IsotonicCalibration::probability(double score) const {
    if (scores.empty()) return 0.5;
    auto above = static_cast<std::size_t>(std::upper_bound(scores.begin(), scores.end(), score) - scores.begin());
    if (above == 0) return probabilities.front();
    if (above == scores.size()) return probabilities.back();
    double share = (score - scores[above - 1]) / (scores[above] - scores[above - 1]);
    return probabilities[above - 1] + share * (probabilities[above] - probabilities[above - 1]);
}

boost::json::object to_json(const PlattScaling& scaling) { return {{"slope", scaling.slope}, {"intercept", scaling.intercept}}; }

boost::json::object to_json(const IsotonicCalibration& calibration) {
    return {{"scores", boost::json::value_from(calibration.scores)}, {"probabilities", boost::json::value_from(calibration.probabilities)}};
}

}  // namespace quoin
