#include "models/calibration/adaptive_conformal.h"

#include <algorithm>
#include <cmath>

#include "models/number_tape.h"

namespace quoin {
namespace {

constexpr std::string_view tape_kind = "adaptive conformal";
constexpr std::uint32_t tape_version = 1;
constexpr std::size_t window_min = 20, window_max = 100000;

Status check(const AdaptiveConformalOptions& options) {
    TRY_VOID(coverage_level(options.level));
    if (!(options.step >= 0 && options.step < 1))
        return fail_field(ErrorKind::invalid, "step", "the step of adaptive intervals is in [0, 1), not {}", options.step);
    if (options.window < window_min || options.window > window_max)
        return fail_field(ErrorKind::invalid, "window", "adaptive intervals remember {} to {} scores, not {}", window_min, window_max,
                          options.window);
    return {};
}

}  // namespace

Result<AdaptiveConformal> AdaptiveConformal::make(const AdaptiveConformalOptions& options) {
    TRY_VOID(check(options));
    return AdaptiveConformal(options);
}

Interval AdaptiveConformal::interval(double lower, double upper) const {
    double middle = lower + (upper - lower) / 2;
    if (miss_ >= 1) return {middle, middle};
    double rank = std::ceil((static_cast<double>(sorted_.size()) + 1) * (1 - miss_) - 1e-9);
    if (miss_ <= 0 || rank > static_cast<double>(sorted_.size())) return {-INFINITY, INFINITY};
    double move = sorted_[static_cast<std::size_t>(std::max(rank, 1.0)) - 1], low = lower - move, high = upper + move;
    return low > high ? Interval{middle, middle} : Interval{low, high};
}

Status AdaptiveConformal::observe(double lower, double upper, double label) {
    double score = std::max(lower - label, label - upper);
    if (!std::isfinite(score) || !std::isfinite(upper - lower))
        return fail(ErrorKind::invalid, "an outcome of {} for the interval {} to {} is not finite", label, lower, upper);
    auto answered = interval(lower, upper);
    bool missed = miss_ >= 1 || label < answered.lower || label > answered.upper;
    miss_ += options_.step * ((1 - options_.level) - (missed ? 1 : 0));
    if (scores_.size() < options_.window) {
        scores_.push_back(score);
    } else {
        sorted_.erase(std::lower_bound(sorted_.begin(), sorted_.end(), scores_[next_]));
        scores_[next_] = score;
        next_ = (next_ + 1) % scores_.size();
    }
    sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), score), score);
    return {};
}

std::vector<std::byte> AdaptiveConformal::save() const {
    TapeWriter tape;
    for (double number : {options_.level, options_.step, miss_}) tape.number(number);
    tape.whole(options_.window);
    tape.whole(next_);
    tape.numbers(scores_);
    return tape.finish(tape_kind, tape_version);
}

Result<AdaptiveConformal> AdaptiveConformal::load(std::span<const std::byte> bytes) {
    TRY(tape, TapeReader::open(bytes, tape_kind, tape_version));
    AdaptiveConformalOptions options;
    options.level = tape.number();
    options.step = tape.number();
    double miss = tape.number_within(-1, 2);  // it turns back within one step of 0 and 1
    options.window = tape.whole(0, window_max);
    auto next = tape.whole(0, window_max);
    auto scores = tape.numbers(options.window);
    tape.require(next < std::max<std::size_t>(scores.size(), 1) && (next == 0 || scores.size() == options.window));
    TRY_VOID(tape.finish());
    if (!check(options)) return fail(ErrorKind::corrupt, "the saved {} has options out of range", tape_kind);
    AdaptiveConformal loaded(options);
    loaded.miss_ = miss;
    loaded.next_ = next;
    loaded.sorted_ = scores;
    loaded.scores_ = std::move(scores);
    std::sort(loaded.sorted_.begin(), loaded.sorted_.end());
    return loaded;
}

}  // namespace quoin
