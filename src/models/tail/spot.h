#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "models/tail/generalised_pareto.h"

namespace quoin {

struct SpotOptions {
    double risk = 1e-3;              ///< the share of values that shall raise an alarm, in (0, 1 − level]
    double level = 0.98;             ///< the share of the calibration below the threshold of peaks, in [0.5, 1)
    std::size_t calibration = 1000;  ///< values before the first alarm, 100 to 10⁶; at least 10 of them must lie above the threshold
    std::size_t drift_window = 0;    ///< 0: SPOT; otherwise DSPOT: values count by their distance from the mean of this many before
    std::size_t peaks_max = 4096;    ///< the latest peaks that the tail is fitted to, 50 to 10⁶
    /// An alarm is learnt as "beyond the alarm level", whatever its size: one absurd value moves little, and the tail is not cut off at the
    /// level. Off: alarms are not learnt at all, as in the paper; then the levels sink and alarms are more frequent than asked.
    bool learns_alarms = true;
};

/// What one value was.
struct SpotVerdict {
    bool calibrating;    ///< no alarm is possible yet
    bool alarm;          ///< the value is above the alarm level
    double alarm_level;  ///< in the unit of the values; that of the value's moment when drifting; 0 while calibrating
};

/// Streaming peaks over threshold: Siffer, Fouque, Termier & Largouët (2017), "Anomaly detection in streams with extreme value theory",
/// for the upper tail; negate the values for the lower one. Most values cost two comparisons; the tail is fitted again when the peaks have
/// grown by 2 %. Memory is bounded. If the peaks cannot be fitted (all equal) the exponential law of their mean is used. Not thread-safe.
class Spot {
public:
    /// Error: invalid, naming the option.
    static Result<Spot> make(const SpotOptions& options = {});
    const SpotOptions& options() const { return options_; }

    /// Error: invalid, if the value is not finite or beyond ±1e150 (then nothing is learnt).
    Result<SpotVerdict> update(double value);
    /// Nothing while calibrating.
    std::optional<GeneralisedPareto> tail() const { return calibrating() ? std::nullopt : std::optional(law_); }
    double threshold() const { return threshold_; }

    std::vector<std::byte> save() const;
    /// Error: corrupt, unsupported.
    static Result<Spot> load(std::span<const std::byte> bytes);

private:
    explicit Spot(const SpotOptions& options) : options_(options) {}
    bool calibrating() const { return values_ < options_.calibration; }
    double centre() const { return options_.drift_window == 0 || window_.empty() ? 0 : window_sum_ / static_cast<double>(window_.size()); }
    void finish_calibration();
    void add_peak(double signed_excess);
    void fit();
    void set_level();
    void slide(double value);

    SpotOptions options_;
    std::uint64_t values_ = 0;       ///< seen, without alarms that are not learnt
    std::uint64_t exceedances_ = 0;  ///< of the threshold, learnt
    double threshold_ = 0, alarm_level_ = 0;
    GeneralisedPareto law_{0, 1};
    std::vector<double> calibration_;
    std::vector<double> peaks_;  ///< ring; a negative one is censored at its absolute value
    std::size_t next_peak_ = 0, unfitted_ = 0;
    std::vector<double> window_;  ///< ring of the latest values that were no alarms
    std::size_t next_value_ = 0;
    double window_sum_ = 0;
};

}  // namespace quoin
