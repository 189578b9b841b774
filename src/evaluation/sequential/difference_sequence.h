#pragma once

#include <cstdint>

#include "evaluation/sequential/mean_sequence.h"

namespace quoin {

/// A loss in [0, 1] and how its arm was drawn.
struct ArmLoss {
    bool is_challenger;
    double share;  ///< probability of the challenger's arm when it was drawn, strictly between 0 and 1
    double loss;
};

/// A confidence sequence for mean loss of the challenger minus that of the champion, in [−1, 1], where chance with known probabilities says
/// who answers. Each outcome gives the score (A/p − (1 − A)/(1 − p)) (loss − b) with b the mean loss before it: its expectation is the
/// difference at that moment, whatever the share and however the losses of both drift together, so that shares may change and old and new
/// outcomes be mixed (no Simpson's paradox). An empirical-Bernstein supermartingale (Fan, Grama & Liu 2015; Howard, Ramdas, McAuliffe &
/// Sekhon 2021, section 4.2; Waudby-Smith, Wu, Ramdas, Karampatziakis & Mineiro 2022, Anytime-valid off-policy inference) for each side at
/// alpha / 2; what the bounds hold for is the difference, or its mean weighted by past data where it changes. A value type.
class DifferenceSequence {
public:
    /// 0 < alpha < 1.
    explicit DifferenceSequence(double alpha);
    void observe(const ArmLoss& outcome);
    SequenceBounds bounds() const;
    std::uint64_t count() const { return count_; }

private:
    /// One side: the lower bound of the mean of scores that are not below −range.
    struct Side {
        double bets = 0, won = 0, penalty = 0;
        void observe(double score, double centre, double range, double bet);
        double lower(double log_two_over_alpha) const;
    };
    double log_two_over_alpha_;
    std::uint64_t count_ = 0;
    double loss_sum_ = 0, square_sum_ = 0.25;  ///< Σ loss; 1/4 + Σ (loss − b)²
    double score_sum_ = 0, information_ = 0;   ///< Σ p (1 − p) score; Σ p (1 − p)
    Side worse_, better_;
};

}  // namespace quoin
