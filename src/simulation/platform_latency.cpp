#include "simulation/platform_latency.h"

#include <cmath>

namespace quoin {

PlatformLatency::PlatformLatency(const PlatformState& state, MultiServerQueue node)
    : state_(state), node_(node), mean_service_ms_(service_ms * (1 + 0.8 * state.infra * state.infra)) {}

Result<PlatformLatency> PlatformLatency::make(const PlatformState& state) {
    auto within = [](double value, double upper) { return value >= 0 && value <= upper; };
    if (!within(state.load, limits::simulated_load_max) || !within(state.infra, 1) || !within(state.error_rate, 1))
        return fail(ErrorKind::invalid, "a platform with load {}, infra {} and error rate {} is not simulated", state.load, state.infra,
                    state.error_rate);
    TRY(node, MultiServerQueue::make(threads, state.load * threads));
    return PlatformLatency(state, node);
}

double PlatformLatency::exceeds(double milliseconds) const {
    auto once = [&](double ms) { return ms <= 0 ? 1 : node_.stays_longer_than(ms / mean_service_ms_); };
    return (1 - state_.error_rate) * once(milliseconds) + state_.error_rate * once(milliseconds - retry_ms);
}

double PlatformLatency::quantile_ms(double level) const {
    double lower = 0, upper = mean_service_ms_;
    while (exceeds(upper) > 1 - level) upper *= 2;
    while (upper - lower > 1e-9 * upper) {
        double middle = (lower + upper) / 2;
        (exceeds(middle) > 1 - level ? lower : upper) = middle;
    }
    return upper;
}

double PlatformLatency::draw_ms(Rng& rng) const {
    auto exponential = [&] { return -std::log1p(-rng.uniform()); };
    double times = exponential();
    if (rng.uniform() < node_.waiting_probability()) times += exponential() / (threads * (1 - state_.load));
    return times * mean_service_ms_ + (rng.uniform() < state_.error_rate ? retry_ms : 0);
}

}  // namespace quoin
