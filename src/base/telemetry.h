#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quoin {

/// A number that only grows. Thread-safe, wait-free.
class Counter {
public:
    void add(double amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
    double value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_{0};
};

/// A number that goes up and down. Thread-safe, wait-free.
class Gauge {
public:
    void set(double value) { value_.store(value, std::memory_order_relaxed); }
    void add(double amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
    double value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_{0};
};

/// Counts of observations in fixed buckets (upper bounds, ascending; +Inf is implied). Thread-safe, wait-free.
class Histogram {
public:
    explicit Histogram(std::vector<double> upper_bounds);
    void observe(double value);
    std::span<const double> upper_bounds() const { return bounds_; }
    /// Observations ≤ bound i; i = upper_bounds().size() is all of them.
    std::uint64_t cumulative(std::size_t i) const;
    double sum() const { return sum_.load(std::memory_order_relaxed); }
    std::uint64_t count() const { return cumulative(bounds_.size()); }

private:
    std::vector<double> bounds_;
    std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;
    std::atomic<double> sum_{0};
};

/// Upper bounds in seconds from 10 µs to 10 s, for latencies.
std::vector<double> latency_buckets();

struct Label {
    std::string name, value;
};

/// The named metrics of one process. `counter("quoin_predictions_total", …)` makes it at the first call and returns the same object
/// afterwards; keep the reference, it stays valid as long as the Telemetry. Names follow Prometheus' rules (base units, `_total`).
/// Thread-safe; look-up takes a lock, so do it once and not per request.
class Telemetry {
public:
    Telemetry();
    ~Telemetry();
    Counter& counter(std::string_view name, std::string_view help, std::vector<Label> labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, std::vector<Label> labels = {});
    Histogram& histogram(std::string_view name, std::string_view help, std::vector<Label> labels = {},
                         std::vector<double> upper_bounds = latency_buckets());
    /// Everything in Prometheus' text format 0.0.4, families sorted by name.
    std::string exposition() const;

private:
    struct Families;
    std::unique_ptr<Families> families_;
};

}  // namespace quoin
