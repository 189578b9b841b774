#include "models/survival/time_to_event.h"

#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

// Far beyond any hazard that data can tell, and its products with a baseline stay finite.
double relative_hazard(double log_hazard) { return std::exp(std::clamp(log_hazard, -300.0, 300.0)); }

double value_at(const std::vector<double>& times, const std::vector<double>& values, double time) {
    auto after = std::ranges::upper_bound(times, time) - times.begin();
    return after == 0 ? 0 : values[static_cast<std::size_t>(after) - 1];
}

/// Steps of one baseline in the order of time.
class Steps {
public:
    explicit Steps(const BaselineHazard* baseline) : baseline_(baseline) {}
    double next_time() const { return at_ < size() ? baseline_->times[at_] : INFINITY; }
    /// The rise at `time`, if there is a step then.
    double rise_at(double time) {
        if (next_time() != time) return 0;
        double rise = baseline_->cumulative[at_] - (at_ == 0 ? 0 : baseline_->cumulative[at_ - 1]);
        ++at_;
        return rise;
    }

private:
    std::size_t size() const { return baseline_ == nullptr ? 0 : baseline_->times.size(); }
    const BaselineHazard* baseline_;
    std::size_t at_ = 0;
};

Status check_baseline(const BaselineHazard& baseline, const std::string& event, double horizon) {
    if (baseline.times.empty() || baseline.times.size() != baseline.cumulative.size() || !(baseline.times.front() <= horizon))
        return fail(ErrorKind::invalid, "the baseline hazard of '{}' has no step within the horizon of {}", event, horizon);
    double time = 0, hazard = 0;
    for (std::size_t step = 0; step < baseline.times.size(); ++step) {
        bool rises = (step == 0 ? baseline.times[0] >= 0 : baseline.times[step] > time) && baseline.cumulative[step] > hazard;
        if (!rises || !std::isfinite(baseline.times[step]) || !std::isfinite(baseline.cumulative[step]))
            return fail(ErrorKind::invalid, "the baseline hazard of '{}' does not rise at step {}", event, step);
        time = baseline.times[step], hazard = baseline.cumulative[step];
    }
    return {};
}

}  // namespace

double Incidence::event_at(double time) const { return value_at(times, event, time); }
double Incidence::competing_at(double time) const { return value_at(times, competing, time); }

double Incidence::expected() const {
    double sum = 0, before = 0;
    for (std::size_t step = 0; step < times.size(); ++step) {
        sum += times[step] * (event[step] - before);
        before = event[step];
    }
    return before > 0 ? sum / before : horizon;
}

double Incidence::quantile(double share) const {
    double wanted = share * probability();
    auto reached = std::ranges::lower_bound(event, wanted);
    if (probability() <= 0 || reached == event.end()) return horizon;
    return times[static_cast<std::size_t>(reached - event.begin())];
}

Incidence TimeToEvent::incidence(double log_hazard, double competing_log_hazard) const {
    Incidence incidence{.horizon = horizon};
    double own = relative_hazard(log_hazard), other = competing ? relative_hazard(competing_log_hazard) : 0;
    Steps event_steps(&baseline), competing_steps(competing ? &competing->baseline : nullptr);
    double neither = 1, happened = 0, ruled_out = 0;
    for (;;) {
        double time = std::min(event_steps.next_time(), competing_steps.next_time());
        if (!(time <= horizon)) return incidence;
        double own_rise = own * event_steps.rise_at(time), other_rise = other * competing_steps.rise_at(time), all = own_rise + other_rise;
        // What leaves in this step, shared out by the two hazards: the three parts add up to 1 however large the hazards are.
        double leaves = -neither * std::expm1(-all);
        happened += leaves * (own_rise / all);
        ruled_out += leaves * (other_rise / all);
        neither -= leaves;
        incidence.times.push_back(time);
        incidence.event.push_back(std::min(happened, 1.0));
        incidence.competing.push_back(std::min(ruled_out, 1.0));
    }
}

Status check(const TimeToEvent& model) {
    if (!(model.horizon > 0) || !std::isfinite(model.horizon))
        return fail_field(ErrorKind::invalid, "horizon", "the horizon {} is no time", model.horizon);
    double before = 0;
    for (double time : model.grid) {
        if (!(time > before && time <= model.horizon))
            return fail_field(ErrorKind::invalid, "grid",
                              "the times of the distribution ascend from above 0 to the horizon of {}, not to {}", model.horizon, time);
        before = time;
    }
    TRY_VOID(check_baseline(model.baseline, model.event, model.horizon));
    return model.competing ? check_baseline(model.competing->baseline, model.competing->name, model.horizon) : Status{};
}

}  // namespace quoin
