#include "evaluation/sequential/mean_sequence.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace quoin {
namespace {

constexpr double bet_max = 0.5;

}  // namespace

MeanSequence::MeanSequence(double alpha) : log_two_over_alpha_(std::log(2 / alpha)) { assert(alpha > 0 && alpha < 1); }

void MeanSequence::observe(double value) {
    assert(value >= 0 && value <= 1);
    auto seen = static_cast<double>(count_);
    double centre = (0.5 + sum_) / (seen + 1), variance = squares_ / (seen + 1), t = seen + 1;
    double bet = std::min(bet_max, std::sqrt(2 * log_two_over_alpha_ / (variance * t * std::log1p(t))));
    double off = value - centre;
    bets_ += bet;
    won_ += bet * value;
    penalty_ += off * off * (-std::log1p(-bet) - bet);  // v = 4 off², ψ = (−log(1 − λ) − λ) / 4
    sum_ += value;
    ++count_;
    double now = value - (0.5 + sum_) / (t + 1);
    squares_ += now * now;
}

SequenceBounds MeanSequence::bounds() const {
    if (count_ == 0) return {0, 1};
    double centre = won_ / bets_, width = (log_two_over_alpha_ + penalty_) / bets_;
    return {std::max(0.0, centre - width), std::min(1.0, centre + width)};
}

double MeanSequence::mean() const { return count_ == 0 ? 0.5 : sum_ / static_cast<double>(count_); }

}  // namespace quoin
