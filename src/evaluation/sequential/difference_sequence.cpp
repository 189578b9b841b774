#include "evaluation/sequential/difference_sequence.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace quoin {
namespace {

constexpr double bet_max = 0.5;

}  // namespace

DifferenceSequence::DifferenceSequence(double alpha) : log_two_over_alpha_(std::log(2 / alpha)) { assert(alpha > 0 && alpha < 1); }

void DifferenceSequence::Side::observe(double score, double centre, double range, double bet) {
    double share = std::min(bet * range, bet_max), off = (score - centre) / range;
    bets += share / range;
    won += share / range * score;
    penalty += off * off * (-std::log1p(-share) - share);
}

double DifferenceSequence::Side::lower(double log_two_over_alpha) const {
    return bets > 0 ? std::max(-1.0, won / bets - (log_two_over_alpha + penalty) / bets) : -1.0;
}

void DifferenceSequence::observe(const ArmLoss& outcome) {
    double p = outcome.share, loss = outcome.loss;
    assert(p > 0 && p < 1 && loss >= 0 && loss <= 1);
    auto seen = static_cast<double>(count_);
    // All of these are known before the outcome.
    double typical = (0.5 + loss_sum_) / (seen + 1), variance = square_sum_ / (seen + 1);
    double centre = std::clamp(score_sum_ / (information_ + 1), -0.5, 0.5);  // leaves both ranges at 1/2 or more
    double information = information_ + p * (1 - p);
    double bet = p * (1 - p) * std::sqrt(2 * log_two_over_alpha_ / (variance * information * std::log1p(information)));
    double below = std::max(typical / p, (1 - typical) / (1 - p)), above = std::max((1 - typical) / p, typical / (1 - p));

    double score = (outcome.is_challenger ? 1 / p : -1 / (1 - p)) * (loss - typical);
    worse_.observe(score, centre, below + centre, bet);
    better_.observe(-score, -centre, above - centre, bet);

    score_sum_ += p * (1 - p) * score;
    information_ = information;
    loss_sum_ += loss;
    square_sum_ += (loss - typical) * (loss - typical);
    ++count_;
}

SequenceBounds DifferenceSequence::bounds() const { return {worse_.lower(log_two_over_alpha_), -better_.lower(log_two_over_alpha_)}; }

}  // namespace quoin
