#include "models/tail/peaks_over_threshold.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/tools/minima.hpp>
#include <cmath>

#include "models/number_tape.h"

namespace quoin {
namespace {

constexpr std::string_view tape_kind = "peaks over threshold";
constexpr std::uint32_t tape_version = 1;
constexpr double shape_lowest = -0.999, shape_highest = 5;  // between which a profile is maximised
constexpr double period_max = 1e15;

}  // namespace

Result<PeaksOverThreshold> PeaksOverThreshold::fit(std::span<const double> values, double threshold) {
    PeaksOverThreshold peaks;
    if (!std::isfinite(threshold)) return fail(ErrorKind::invalid, "the threshold {} is not finite", threshold);
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) return fail(ErrorKind::invalid, "value {} of the series is {}, not a finite number", i, values[i]);
        if (values[i] > threshold) peaks.excesses_.push_back(values[i] - threshold);
    }
    TRY(law, fit_pareto({peaks.excesses_}));
    peaks.threshold_ = threshold;
    peaks.observations_ = values.size();
    std::sort(peaks.excesses_.begin(), peaks.excesses_.end());
    peaks.law_ = law;
    return peaks;
}

double PeaksOverThreshold::exceedance(double level) const { return share() * law_.survival(level - threshold_); }

/// The largest likelihood of a law whose excess over the threshold is `level_excess` once in `expected` exceedances.
double PeaksOverThreshold::profile(double level_excess, double expected) const {
    auto negative = [&](double shape) {
        double log = std::log(expected), reach = std::abs(shape) < 1e-8 ? log : std::expm1(shape * log) / shape;
        double likelihood = GeneralisedPareto{shape, level_excess / reach}.log_likelihood(excesses_);
        return std::isfinite(likelihood) ? -likelihood : 1e300 * (1 - shape / 10);  // shapes too low for the largest excess
    };
    return -boost::math::tools::brent_find_minima(negative, shape_lowest, shape_highest, 40).second;
}

Interval PeaksOverThreshold::delta_interval(double period, double deviations, const ParetoCovariance& covariance) const {
    double expected = period * share(), log = std::log(expected), shape = law_.shape;
    if (std::abs(shape) < 1e-6) shape = 1e-6;
    double power = std::pow(expected, shape);
    double by_share = law_.scale * power / share(), by_scale = (power - 1) / shape;
    double by_shape = law_.scale * (power * log / shape - (power - 1) / (shape * shape));
    double variance = by_share * by_share * share() * (1 - share()) / static_cast<double>(observations_) +
                      by_scale * by_scale * covariance.scale + by_shape * by_shape * covariance.shape +
                      2 * by_scale * by_shape * covariance.both;
    double level = threshold_ + law_.quantile(1 / expected), reach = deviations * std::sqrt(std::max(variance, 0.0));
    return {level - reach, level + reach};
}

Result<Interval> PeaksOverThreshold::profile_interval(double period, double drop) const {
    double expected = period * share(), middle = law_.quantile(1 / expected), least = law_.log_likelihood(excesses_) - drop;
    auto crossing = [&](double inside, double outside) {
        for (int step = 0; step < 60; ++step) {
            double between = (inside + outside) / 2;
            (profile(between, expected) >= least ? inside : outside) = between;
        }
        return threshold_ + (inside + outside) / 2;
    };
    double above = middle * 1.5;
    while (profile(above, expected) >= least) {
        above *= 2;
        if (above > 1e6 * middle) return fail(ErrorKind::unsupported, "the excesses do not bound the return level from above");
    }
    return Interval{crossing(middle, middle * 1e-3), crossing(middle, above)};
}

Result<ReturnLevel> PeaksOverThreshold::return_level(double period, Probability confidence) const {
    TRY(asked, coverage_level(confidence.value()));
    if (!(period * share() > 1 && period <= period_max))
        return fail_field(ErrorKind::invalid, "period",
                          "the threshold is passed once in {:.1f} observations; a return period is longer, up to 1e15", 1 / share());
    auto covariance = this->covariance();
    if (!covariance) return fail(ErrorKind::unsupported, "with shape {:.2f} the usual intervals of a tail do not hold", law_.shape);
    double deviations = boost::math::quantile(boost::math::normal(), (1 + asked.value()) / 2);
    TRY(profile, profile_interval(period, deviations * deviations / 2));
    return ReturnLevel{threshold_ + law_.quantile(1 / (period * share())), delta_interval(period, deviations, *covariance), profile};
}

std::vector<std::byte> PeaksOverThreshold::save() const {
    TapeWriter tape;
    tape.number(threshold_);
    tape.whole(observations_);
    tape.number(law_.shape);
    tape.number(law_.scale);
    tape.numbers(excesses_);
    return tape.finish(tape_kind, tape_version);
}

Result<PeaksOverThreshold> PeaksOverThreshold::load(std::span<const std::byte> bytes) {
    TRY(tape, TapeReader::open(bytes, tape_kind, tape_version));
    PeaksOverThreshold peaks;
    peaks.threshold_ = tape.number();
    peaks.observations_ = tape.whole(1, UINT64_MAX / 2);
    peaks.law_.shape = tape.number_within(-1, 1e3);
    peaks.law_.scale = tape.number_within(1e-300, 1e300);
    peaks.excesses_ = tape.numbers(bytes.size() / 8);
    tape.require(!peaks.excesses_.empty() && peaks.excesses_.size() <= peaks.observations_);
    tape.require(std::is_sorted(peaks.excesses_.begin(), peaks.excesses_.end()) && (peaks.excesses_.empty() || peaks.excesses_[0] > 0));
    TRY_VOID(tape.finish());
    return peaks;
}

}  // namespace quoin
