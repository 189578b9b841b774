#pragma once

#include <span>
#include <vector>

namespace quoin {

enum class ProphetGrowth { linear, logistic, flat };
const char* name_of(ProphetGrowth growth);

/// The trend of Taylor & Letham (2018), section 3.1, on the scaled axes: time 0 to 1 over the history, values by the model's scale.
struct ProphetTrend {
    ProphetGrowth growth = ProphetGrowth::linear;
    double rate = 0, offset = 0;       ///< k and m in the paper
    std::vector<double> changepoints;  ///< ascending
    std::vector<double> changes;       ///< of the rate at each changepoint, δ in the paper
};

/// A trend between two changepoints: linear rate · t + offset, logistic capacity / (1 + exp(−rate (t − offset))), flat offset.
struct TrendSegment {
    double rate, offset;
};
/// One segment more than changepoints. O(changepoints).
std::vector<TrendSegment> segments(const ProphetTrend& trend);
/// Index of the segment that a time lies in; it begins with its changepoint.
std::size_t segment_at(std::span<const double> changepoints, double time);
double trend_value(ProphetGrowth growth, const TrendSegment& segment, double time, double capacity);

}  // namespace quoin
