#include "evaluation/survival/product_limit.h"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <numeric>

namespace quoin {
namespace {

std::vector<std::size_t> sorted_by(std::span<const double> values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return values[i]; });
    return order;
}

/// What happens at one time.
struct Moment {
    double time, events = 0, censored = 0, at_risk = 0;
};

/// All times at which a row ends, ascending, with the weights of those at risk in (start, stop].
std::vector<Moment> moments_of(const SurvivalTimes& times) {
    const std::vector<std::size_t> by_stop = sorted_by(times.stops), by_start = sorted_by(times.starts);
    double left = 0, entered = 0;
    if (times.starts.empty()) {
        for (std::size_t i = 0; i < times.rows(); ++i) entered += times.weight(i);
    }
    std::vector<Moment> moments;
    std::size_t next_start = 0;
    for (std::size_t first = 0, last; first < by_stop.size(); first = last) {
        Moment moment{times.stops[by_stop[first]]};
        for (; next_start < by_start.size() && times.starts[by_start[next_start]] < moment.time; ++next_start)
            entered += times.weight(by_start[next_start]);
        for (last = first; last < by_stop.size() && times.stops[by_stop[last]] == moment.time; ++last)
            (times.events[by_stop[last]] ? moment.events : moment.censored) += times.weight(by_stop[last]);
        // No sum of weights is exact; those who end now are at risk now.
        moment.at_risk = std::max(entered - left, moment.events + moment.censored);
        left += moment.events + moment.censored;
        moments.push_back(moment);
    }
    return moments;
}

}  // namespace

ProductLimit::Limits ProductLimit::limits(double level) const {
    const double z = std::sqrt(2.0) * boost::math::erf_inv(level);
    Limits limits;
    for (std::size_t k = 0; k < curve.survival.size(); ++k) {
        const double survival = curve.survival[k], half = survival > 0 ? z * standard_errors[k] / survival : 0;
        limits.lower.push_back(survival * std::exp(-half));
        limits.upper.push_back(std::min(1.0, survival * std::exp(half)));
    }
    return limits;
}

Result<ProductLimit> product_limit(const SurvivalTimes& times) {
    TRY_VOID(check(times));
    ProductLimit estimate;
    double survival = 1, variance = 0, hazard = 0, hazard_variance = 0;
    for (const Moment& moment : moments_of(times)) {
        estimate.curve.last_time = moment.time;
        if (moment.events == 0) continue;
        const double left = moment.at_risk - moment.events, share = moment.events / moment.at_risk;
        survival = left > 0 ? survival * (1 - share) : 0;
        if (left > 0) variance += share / left;
        hazard += share;
        hazard_variance += share / moment.at_risk;
        estimate.curve.times.push_back(moment.time);
        estimate.curve.survival.push_back(survival);
        estimate.at_risk.push_back(moment.at_risk);
        estimate.events.push_back(moment.events);
        estimate.standard_errors.push_back(survival * std::sqrt(variance));
        estimate.cumulative_hazard.push_back(hazard);
        estimate.hazard_standard_errors.push_back(std::sqrt(hazard_variance));
    }
    return estimate;
}

Result<SurvivalCurve> censoring_curve(const SurvivalTimes& times) {
    TRY_VOID(check(times));
    if (!times.starts.empty()) return fail(ErrorKind::unsupported, "the censoring of rows that enter late is not estimated");
    SurvivalCurve curve;
    double survival = 1;
    for (const Moment& moment : moments_of(times)) {
        curve.last_time = moment.time;
        if (moment.censored == 0) continue;
        const double at_risk = moment.at_risk - moment.events;
        survival = at_risk > moment.censored ? survival * (1 - moment.censored / at_risk) : 0;
        curve.times.push_back(moment.time);
        curve.survival.push_back(survival);
    }
    return curve;
}

}  // namespace quoin
