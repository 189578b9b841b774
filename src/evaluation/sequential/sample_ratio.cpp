#include "evaluation/sequential/sample_ratio.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace quoin {
namespace {

constexpr double prior_rows = 1000;  ///< the prior's strength: sharpest for shares that are off by some percent of themselves

}  // namespace

void SampleRatio::observe(bool is_challenger, double share) {
    assert(share > 0 && share < 1);
    if (share != share_) share_ = share, challenger_ = champion_ = 0;  // a step's own prior; the factors multiply
    double predicted = (prior_rows * share + challenger_) / (prior_rows + challenger_ + champion_);
    log_factor_ += is_challenger ? std::log(predicted / share) : std::log((1 - predicted) / (1 - share));
    log_factor_max_ = std::max(log_factor_max_, log_factor_);
    (is_challenger ? challenger_ : champion_) += 1;
}

double SampleRatio::p_value() const { return std::exp(-log_factor_max_); }

}  // namespace quoin
