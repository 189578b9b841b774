#include "models/series/prophet_trend.h"

#include <algorithm>
#include <cmath>

namespace quoin {

const char* name_of(ProphetGrowth growth) {
    switch (growth) {
        case ProphetGrowth::linear: return "linear";
        case ProphetGrowth::logistic: return "logistic";
        case ProphetGrowth::flat: return "flat";
    }
    return "linear";
}

std::vector<TrendSegment> segments(const ProphetTrend& trend) {
    std::vector<TrendSegment> result = {{trend.rate, trend.offset}};
    for (std::size_t i = 0; i < trend.changepoints.size(); ++i) {
        TrendSegment before = result.back(), next{before.rate + trend.changes[i], before.offset};
        if (trend.growth == ProphetGrowth::linear) next.offset -= trend.changepoints[i] * trend.changes[i];
        if (trend.growth == ProphetGrowth::logistic && next.rate != before.rate)
            next.offset += (trend.changepoints[i] - before.offset) * (1 - before.rate / next.rate);
        result.push_back(next);
    }
    return result;
}

std::size_t segment_at(std::span<const double> changepoints, double time) {
    return static_cast<std::size_t>(std::ranges::upper_bound(changepoints, time) - changepoints.begin());
}

double trend_value(ProphetGrowth growth, const TrendSegment& segment, double time, double capacity) {
    switch (growth) {
        case ProphetGrowth::linear: return segment.rate * time + segment.offset;
        case ProphetGrowth::logistic: return capacity / (1 + std::exp(-segment.rate * (time - segment.offset)));
        case ProphetGrowth::flat: return segment.offset;
    }
    return segment.offset;
}

}  // namespace quoin
