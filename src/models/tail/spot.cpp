#include "models/tail/spot.h"

#include <algorithm>
#include <cmath>

#include "models/number_tape.h"

namespace quoin {
namespace {

constexpr std::string_view tape_kind = "tail alarm";
constexpr std::uint32_t tape_version = 1;
constexpr double value_limit = 1e150;
constexpr double peaks_before_alarm = 10;
constexpr std::size_t growth_share = 50;  // the tail is fitted again after 1/50 more peaks

Status check(const SpotOptions& options) {
    auto refuse = [](const char* field, const char* remedy) {
        return fail_field(ErrorKind::invalid, field, "the tail alarm takes {}", remedy);
    };
    if (!(options.level >= 0.5 && options.level < 1)) return refuse("level", "a level of peaks in [0.5, 1)");
    if (!(options.risk > 0 && options.risk <= 1 - options.level)) return refuse("risk", "a risk above 0 and below the share of peaks");
    if (options.calibration < 100 || options.calibration > 1000000) return refuse("calibration", "100 to 1000000 values of calibration");
    if ((1 - options.level) * static_cast<double>(options.calibration) < peaks_before_alarm - 1e-9)
        return refuse("calibration", "a calibration with at least 10 values above the level");
    if (options.drift_window > 1000000) return refuse("drift_window", "a drift window of at most 1000000 values");
    if (options.peaks_max < 50 || options.peaks_max > 1000000) return refuse("peaks_max", "50 to 1000000 peaks");
    return {};
}

}  // namespace

Result<Spot> Spot::make(const SpotOptions& options) {
    TRY_VOID(check(options));
    return Spot(options);
}

Result<SpotVerdict> Spot::update(double value) {
    if (!(std::abs(value) <= value_limit)) return fail(ErrorKind::invalid, "the tail alarm cannot judge the value {}", value);
    bool filling = window_.size() < options_.drift_window;
    double from = centre(), distance = value - from;
    if (calibrating()) {
        slide(value);
        if (filling) return SpotVerdict{true, false, 0};
        calibration_.push_back(distance);
        if (++values_ == options_.calibration) finish_calibration();
        return SpotVerdict{true, false, 0};
    }
    SpotVerdict verdict{false, distance > alarm_level_, from + alarm_level_};
    if (verdict.alarm && !options_.learns_alarms) return verdict;
    ++values_;
    if (verdict.alarm) add_peak(threshold_ - alarm_level_);
    else if (distance > threshold_) add_peak(distance - threshold_);
    if (!verdict.alarm) slide(value);
    return verdict;
}

void Spot::slide(double value) {
    if (options_.drift_window == 0) return;
    if (window_.size() < options_.drift_window) {
        window_.push_back(value);
        window_sum_ += value;
        return;
    }
    window_sum_ += value - window_[next_value_];
    window_[next_value_] = value;
    next_value_ = (next_value_ + 1) % window_.size();
    if (next_value_ != 0) return;
    window_sum_ = 0;  // anew once per turn, so that rounding does not add up
    for (double held : window_) window_sum_ += held;
}

void Spot::finish_calibration() {
    auto above = static_cast<std::size_t>((1 - options_.level) * static_cast<double>(calibration_.size()) + 1e-9);
    auto at = calibration_.end() - static_cast<std::ptrdiff_t>(above) - 1;
    std::nth_element(calibration_.begin(), at, calibration_.end());
    threshold_ = *at;
    for (auto value = at + 1; value != calibration_.end(); ++value)
        if (*value > threshold_) peaks_.push_back(*value - threshold_), ++exceedances_;
    std::sort(peaks_.begin(), peaks_.end());
    calibration_ = {};
    fit();
}

void Spot::add_peak(double signed_excess) {
    ++exceedances_;
    if (signed_excess == 0) return set_level();
    if (peaks_.size() < options_.peaks_max) {
        peaks_.push_back(signed_excess);
    } else {
        peaks_[next_peak_] = signed_excess;
        next_peak_ = (next_peak_ + 1) % peaks_.size();
    }
    if (++unfitted_ * growth_share >= peaks_.size()) fit();
    else set_level();
}

void Spot::fit() {
    unfitted_ = 0;
    std::vector<double> seen, censored;
    double sum = 0;
    for (double peak : peaks_) {
        (peak > 0 ? seen : censored).push_back(std::abs(peak));
        sum += std::abs(peak);
    }
    Excesses excesses{seen, censored};
    if (auto near = law_.shape != 0 && seen.size() > 100 ? refit_pareto(excesses, law_) : std::nullopt) law_ = *near;
    else if (auto law = fit_pareto(excesses)) law_ = *law;
    else law_ = {0, seen.empty() ? 0 : sum / static_cast<double>(seen.size())};
    set_level();
}

/// Below the threshold no alarm is raised, however rare exceedances have become.
void Spot::set_level() {
    if (exceedances_ == 0 || law_.scale <= 0) {
        alarm_level_ = threshold_;
        return;
    }
    double share = static_cast<double>(exceedances_) / static_cast<double>(values_);
    double level = threshold_ + law_.quantile(std::min(1.0, options_.risk / share));
    alarm_level_ = std::min(level, 2 * value_limit);
}

std::vector<std::byte> Spot::save() const {
    TapeWriter tape;
    tape.number(options_.risk);
    tape.number(options_.level);
    for (std::size_t number : {options_.calibration, options_.drift_window, options_.peaks_max}) tape.whole(number);
    tape.whole(options_.learns_alarms ? 1 : 0);
    tape.whole(values_);
    tape.whole(exceedances_);
    for (double number : {threshold_, alarm_level_, law_.shape, law_.scale, window_sum_}) tape.number(number);
    tape.numbers(calibration_);
    tape.numbers(peaks_);
    tape.numbers(window_);
    for (std::size_t number : {next_peak_, unfitted_, next_value_}) tape.whole(number);
    return tape.finish(tape_kind, tape_version);
}

Result<Spot> Spot::load(std::span<const std::byte> bytes) {
    TRY(tape, TapeReader::open(bytes, tape_kind, tape_version));
    SpotOptions options;
    options.risk = tape.number();
    options.level = tape.number();
    options.calibration = tape.whole(0, 1000000);
    options.drift_window = tape.whole(0, 1000000);
    options.peaks_max = tape.whole(0, 1000000);
    options.learns_alarms = tape.flag();
    Spot spot(options);
    spot.values_ = tape.whole(0, UINT64_MAX);
    spot.exceedances_ = tape.whole(0, spot.values_);
    spot.threshold_ = tape.number_within(-2 * value_limit, 2 * value_limit);
    spot.alarm_level_ = tape.number_within(spot.threshold_, 2 * value_limit);
    spot.law_.shape = tape.number();
    spot.law_.scale = tape.number_within(0, 2 * value_limit);
    spot.window_sum_ = tape.number();
    spot.calibration_ = tape.numbers(options.calibration);
    spot.peaks_ = tape.numbers(options.peaks_max);
    spot.window_ = tape.numbers(options.drift_window);
    spot.next_peak_ = tape.whole(0, spot.peaks_.size());
    spot.unfitted_ = tape.whole(0, spot.peaks_.size());
    spot.next_value_ = tape.whole(0, spot.window_.size());
    for (const auto* values : {&spot.calibration_, &spot.peaks_, &spot.window_})
        for (double value : *values) tape.require(std::abs(value) <= 4 * value_limit);
    tape.require(spot.calibration_.size() == (spot.calibrating() ? spot.values_ : 0));
    tape.require(spot.next_peak_ < std::max<std::size_t>(spot.peaks_.size(), 1) &&
                 spot.next_value_ < std::max<std::size_t>(spot.window_.size(), 1));
    tape.require(std::none_of(spot.peaks_.begin(), spot.peaks_.end(), [](double peak) { return peak == 0; }));
    TRY_VOID(tape.finish());
    if (!check(options)) return fail(ErrorKind::corrupt, "the saved {} has options out of range", tape_kind);
    return spot;
}

}  // namespace quoin
