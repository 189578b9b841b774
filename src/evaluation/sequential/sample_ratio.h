#pragma once

#include <cstdint>

namespace quoin {

/// Whether outcomes fall to the arms in the shares that were drawn, at any time: the Bayes factor of a beta prior around each share against
/// the share itself, a test martingale (Lindon & Malek 2022, Anytime-valid inference for multinomial count data; Robbins 1970). If outcomes
/// of one arm get lost, an experiment says nothing. A value type.
class SampleRatio {
public:
    /// `share` of the challenger, strictly between 0 and 1.
    void observe(bool is_challenger, double share);
    /// Valid at all times: under right shares it is ever ≤ a with probability at most a.
    double p_value() const;

private:
    double challenger_ = 0, champion_ = 0;  ///< of the present share
    double share_ = 0;
    double log_factor_ = 0, log_factor_max_ = 0;
};

}  // namespace quoin
