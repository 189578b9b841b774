#include "models/detector/change_point.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace quoin {
namespace {

constexpr double value_limit = 1e100, count_limit = 1e9;
constexpr std::size_t runs_limit = 1000000;

Status check(const ChangePointOptions& options) {
    auto refuse = [](const char* field, const char* remedy) {
        return fail_field(ErrorKind::invalid, field, "change-point detection takes {}", remedy);
    };
    auto positive = [](double value) { return value >= 1e-100 && value <= 1e100; };
    if (!(std::abs(options.mean) <= value_limit)) return refuse("mean", "a finite prior mean");
    if (!positive(options.mean_weight)) return refuse("mean_weight", "a positive weight of the prior mean");
    if (!positive(options.shape) || !positive(options.rate)) return refuse("shape", "a positive shape and rate of the prior");
    if (!(options.degrees >= 0.1 && options.degrees <= 1e6)) return refuse("degrees", "0.1 to 10⁶ degrees of freedom");
    if (!(options.expected_run > 1 && options.expected_run <= 1e12)) return refuse("expected_run", "an expected run of 1 to 10¹² values");
    if (!(options.hazard_shape > 0 && options.hazard_shape <= 10)) return refuse("hazard_shape", "a hazard shape in (0, 10]");
    if (!(options.mass_min >= 0 && options.mass_min <= 1e-3)) return refuse("mass_min", "a least mass in [0, 0.001]");
    if (options.runs_max < 2 || options.runs_max > runs_limit) return refuse("runs_max", "2 to 10⁶ runs");
    if (options.recent < 1) return refuse("recent", "at least one recent value");
    return {};
}

/// ln of Student's density with `degrees` ν at squared distance z² in units of the scale.
double log_student(double degrees, double squared, double scale) {
    return std::lgamma((degrees + 1) / 2) - std::lgamma(degrees / 2) - 0.5 * std::log(degrees * std::numbers::pi) - std::log(scale) -
           (degrees + 1) / 2 * std::log1p(squared / degrees);
}

}  // namespace

Result<ChangePointDetector> ChangePointDetector::make(const ChangePointOptions& options) {
    TRY_VOID(check(options));
    return ChangePointDetector(options);
}

ChangePointDetector::Run ChangePointDetector::fresh() const {
    return {0, options_.mean, options_.mean_weight, options_.shape, options_.rate, values_};
}

double ChangePointDetector::log_predictive(const Run& run, double value) const {
    if (options_.model == RunModel::poisson)  // negative binomial
        return std::lgamma(run.shape + value) - std::lgamma(run.shape) - std::lgamma(value + 1) - run.shape * std::log1p(1 / run.rate) -
               value * std::log1p(run.rate);
    double variance = run.rate * (run.weight + 1) / (run.shape * run.weight), distance = value - run.mean;
    double degrees = 2 * run.shape;
    if (options_.model == RunModel::student) degrees = std::min(degrees, options_.degrees);
    return log_student(degrees, distance * distance / variance, std::sqrt(variance));
}

void ChangePointDetector::learn(Run& run, double value) const {
    if (options_.model == RunModel::poisson) {
        run.shape += value;
        run.rate += 1;
        return;
    }
    double distance = value - run.mean, worth = 1;
    if (options_.model == RunModel::student) {
        double variance = run.rate * (run.weight + 1) / (run.shape * run.weight);
        worth = (options_.degrees + 1) / (options_.degrees + distance * distance / variance);
    }
    run.rate += 0.5 * worth * run.weight / (run.weight + worth) * distance * distance;
    run.mean += worth / (run.weight + worth) * distance;
    run.weight += worth;
    run.shape += 0.5;
}

/// The probability that a run of this many values has ended.
double ChangePointDetector::hazard(std::uint64_t length) const {
    if (options_.hazard_shape == 1) return 1 / options_.expected_run;
    auto power = [&](std::uint64_t n) { return std::pow(static_cast<double>(n) / options_.expected_run, options_.hazard_shape); };
    return -std::expm1(power(length - 1) - power(length));
}

Result<RunReport> ChangePointDetector::update(double value) {
    bool counts = options_.model == RunModel::poisson;
    if (!(std::abs(value) <= value_limit) || (counts && !(value >= 0 && value <= count_limit && value == std::floor(value))))
        return fail(ErrorKind::invalid, "change-point detection cannot judge the value {}{}", value,
                    counts ? "; it counts from 0 to 10⁹" : "");
    Run born = fresh();
    born.mass = runs_.empty() ? 1 : 0;
    for (Run& run : runs_) {
        double ended = run.mass * hazard(values_ - run.start);
        born.mass += ended;
        run.mass -= ended;
    }
    runs_.push_back(born);
    densities_.resize(runs_.size());
    double highest = -INFINITY;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
        densities_[i] = log_predictive(runs_[i], value);
        highest = std::max(highest, densities_[i]);
    }
    double total = 0;
    for (std::size_t i = 0; i < runs_.size(); ++i) total += runs_[i].mass *= std::exp(densities_[i] - highest);
    RunReport report{.length = 1, .recent_change = 0, .log_density = highest + std::log(total), .dropped = 0};
    for (Run& run : runs_) {
        run.mass /= total;
        learn(run, value);
    }
    ++values_;
    report.dropped = prune();
    auto likeliest = std::max_element(runs_.begin(), runs_.end(), [](const Run& a, const Run& b) { return a.mass < b.mass; });
    report.length = static_cast<std::uint32_t>(std::min<std::uint64_t>(values_ - likeliest->start, UINT32_MAX));
    for (auto run = runs_.rbegin(); run != runs_.rend() && values_ - run->start <= options_.recent; ++run)
        report.recent_change += run->mass;
    report.recent_change = std::min(report.recent_change, 1.0);
    return report;
}

/// Drops runs below the least mass, then the least likely beyond the most runs; the likeliest stays. The share that was dropped.
double ChangePointDetector::prune() {
    double least = options_.mass_min;
    if (runs_.size() > options_.runs_max) {
        densities_.clear();
        for (const Run& run : runs_) densities_.push_back(run.mass);
        auto kept = densities_.begin() + static_cast<std::ptrdiff_t>(options_.runs_max) - 1;
        std::nth_element(densities_.begin(), kept, densities_.end(), std::greater<>());
        least = std::max(least, *kept);
    }
    double most = 0, dropped = 0, kept = 0;
    for (const Run& run : runs_) most = std::max(most, run.mass);
    least = std::min(least, most);
    std::erase_if(runs_, [&](const Run& run) {
        (run.mass < least ? dropped : kept) += run.mass;
        return run.mass < least;
    });
    for (Run& run : runs_) run.mass /= kept;
    return dropped;
}

std::vector<double> ChangePointDetector::run_lengths() const {
    std::vector<double> lengths;
    if (!runs_.empty()) lengths.resize(values_ - runs_.front().start);
    for (const Run& run : runs_) lengths[values_ - run.start - 1] = run.mass;
    return lengths;
}

std::vector<std::size_t> run_starts(std::span<const std::uint32_t> lengths) {
    std::vector<std::size_t> starts;
    for (std::size_t end = lengths.size(); end > 0;) {
        std::size_t length = std::clamp<std::size_t>(lengths[end - 1], 1, end);
        end -= length;
        if (end > 0) starts.push_back(end);
    }
    std::reverse(starts.begin(), starts.end());
    return starts;
}

}  // namespace quoin
