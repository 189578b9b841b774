#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "models/number_tape.h"

namespace quoin {

/// What the values of one run are like. The prior of a new run is in the options.
enum class RunModel {
    gaussian,  ///< normal with unknown mean and variance: normal-inverse-gamma prior, Student predictive
    poisson,   ///< counts of unknown rate: gamma prior, negative binomial predictive
    /// Student with unknown mean and scale, for values with outliers: the run learns each value with the weight (ν + 1) / (ν + z²) that the
    /// scale-mixture form of Student's law gives it, z from the run's own predictive (West 1984); an approximation of the exact posterior.
    student
};

struct ChangePointOptions {
    RunModel model = RunModel::gaussian;
    double mean = 0;            ///< gaussian, student: prior mean μ₀
    double mean_weight = 0.01;  ///< its worth in values, κ₀ > 0
    double shape = 1;           ///< α₀ > 0 of the variance; poisson: shape of the gamma law of the rate
    double rate = 1;            ///< β₀ > 0 of the variance; poisson: rate of the gamma law
    double degrees = 4;         ///< student: ν > 0
    double expected_run = 250;  ///< values between changes, > 1
    /// 1: a change is equally likely at every value, 1 / expected_run. Otherwise the length of runs has a discrete Weibull law of this
    /// shape and scale expected_run (Nakagawa & Osaki 1975), (0, 10]: above 1 long runs become due, below 1 they settle.
    double hazard_shape = 1;
    double mass_min = 1e-7;       ///< runs with a smaller share of the posterior are dropped, [0, 1e-3]
    std::size_t runs_max = 2000;  ///< and beyond this many the least likely ones, 2 to 10⁶
    std::size_t recent = 5;       ///< a change is recent if the run has at most this many values, ≥ 1
};

/// What is known after a value.
struct RunReport {
    std::uint32_t length;  ///< most likely number of values in the current run, this one included; ≥ 1
    double recent_change;  ///< probability that the run has at most `recent` values; 1 while there are no more
    double log_density;    ///< of the value before it was seen, all runs together: its negative is the surprise
    double dropped;        ///< share of the posterior that was dropped at this value
};

/// Bayesian online change-point detection: Adams & MacKay (2007), "Bayesian online changepoint detection", with run lengths that count
/// the newest value (Fearnhead & Liu 2007), so that a change at the newest value is a run of length 1. Exact but for what is dropped.
/// Deterministic; not thread-safe. A value costs O(runs kept), 60 to 300 of them at the defaults.
class ChangePointDetector {
public:
    /// Error: invalid, naming the option.
    static Result<ChangePointDetector> make(const ChangePointOptions& options);
    const ChangePointOptions& options() const { return options_; }
    std::uint64_t values() const { return values_; }

    /// Error: invalid (not finite or beyond ±1e100; poisson: no count from 0 to 10⁹); then nothing is learnt.
    Result<RunReport> update(double value);
    /// Posterior of the current run's length: element i is the probability of i + 1. Lengths that were dropped have 0.
    std::vector<double> run_lengths() const;

    std::vector<std::byte> save() const;
    /// Error: corrupt, unsupported.
    static Result<ChangePointDetector> load(std::span<const std::byte> bytes);

private:
    /// One run that may be the current one. gaussian, student: mean, κ, α, β. poisson: α and β of the rate.
    struct Run {
        double mass;
        double mean, weight, shape, rate;
        std::uint64_t start;  ///< number of its first value
    };

    explicit ChangePointDetector(const ChangePointOptions& options) : options_(options) {}
    Run fresh() const;
    double log_predictive(const Run& run, double value) const;
    void learn(Run& run, double value) const;
    double hazard(std::uint64_t length) const;
    double prune();

    ChangePointOptions options_;
    std::vector<Run> runs_;  ///< oldest first; masses add up to 1
    std::vector<double> densities_;
    std::uint64_t values_ = 0;
};

/// Numbers of the values (from 0) that start a new run, read backwards from the last value's most likely run length, then from that of the
/// value before the run, and so on. The first value is no change. O(changes).
std::vector<std::size_t> run_starts(std::span<const std::uint32_t> lengths);

}  // namespace quoin
