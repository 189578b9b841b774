#include "simulation/platform.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/rng.h"
#include "simulation/platform_latency.h"

namespace quoin {
namespace {

constexpr std::uint64_t hour_stream = 1, request_stream = 2;
constexpr std::int64_t hour_us = 3'600'000'000;
constexpr double ingest_rate_base = 1400;  ///< events/s
constexpr double work_per_event_s = 0.02;  ///< of a worker, without pressure
constexpr double pressure_usual = 1.16;    ///< mean of 1 + 0.8 infra²
constexpr double utilisation_aim = 0.7, utilisation_max = 0.95;
constexpr double burst_share = 0.01, burst_mean = 0.35;  ///< per hour; on the log scale
constexpr double burst_kept = 0.8;                       ///< of a burst and of noise, from one hour to the next
constexpr double noise_sigma = 0.035;
constexpr double event_share = 0.06, event_effect = 0.3;  ///< per hour of a working day; on the log scale
constexpr double trend_per_week = 0.01;

struct Hour {
    EventTime time;
    double season = 0, deviation = 0;  ///< of the log rate
    double rate = 0, infra = 0, busy = 0, workers = 0, error_rate = 0;
    int events = 0;
    double cpu() const { return busy / workers; }
    double log_rate() const { return season + event_effect * events + deviation; }
};

double season_at(std::size_t index) {
    double hour = static_cast<double>(index % 24), day = static_cast<double>(index / 24 % 7);
    constexpr double turn = 2 * std::numbers::pi / 24;
    double daily = 0.6 * std::cos(turn * (hour - 14)) + 0.15 * std::cos(2 * turn * (hour - 9));
    double weekend = day == 5 ? -0.35 : day == 6 ? -0.45 : 0;
    return std::log(ingest_rate_base) + daily + weekend + trend_per_week * static_cast<double>(index) / 168;
}

bool is_working_hour(std::size_t index) { return index / 24 % 7 < 5 && index % 24 >= 8 && index % 24 < 18; }

std::vector<Hour> draw_hours(const PlatformOptions& options, Rng rng) {
    std::vector<Hour> hours(options.weeks * 168 + 1);  // one more, for the last label
    double deviation = 0, pressure = -0.4;
    for (std::size_t i = 0; i < hours.size(); ++i) {
        auto& hour = hours[i];
        hour.time = EventTime{options.start.value() + static_cast<std::int64_t>(i) * hour_us};
        bool burst = rng.uniform() < burst_share, scheduled = rng.uniform() < event_share;
        double size = -burst_mean * std::log1p(-rng.uniform());
        deviation = burst_kept * deviation + noise_sigma * rng.normal() + (burst ? size : 0);
        pressure = -0.4 + 0.97 * (pressure + 0.4) + 0.22 * rng.normal();
        hour.season = season_at(i), hour.deviation = deviation;
        hour.events = scheduled && is_working_hour(i) ? 1 + static_cast<int>(rng.below(2)) : 0;
        hour.infra = 1 / (1 + std::exp(-pressure));
        hour.rate = std::exp(hour.log_rate());
        hour.busy = hour.rate * work_per_event_s * (1 + 0.8 * hour.infra * hour.infra);
        double planned = hour.rate * work_per_event_s * pressure_usual / utilisation_aim;
        hour.workers = std::ceil(std::max(planned, hour.busy / utilisation_max));
        hour.error_rate = std::min(0.2, 0.004 * std::exp(0.8 * rng.normal()) + 0.1 * std::max(0.0, hour.cpu() - 0.85));
    }
    return hours;
}

/// Columns of numbers under one column of times.
class NumberTable {
public:
    explicit NumberTable(std::vector<std::string> names) : names_(std::move(names)), columns_(names_.size()) {}
    void add(EventTime time, std::initializer_list<double> values) {
        times_.push_back(time);
        std::size_t column = 0;
        for (double value : values) columns_[column++].push_back(value);
    }
    Result<Table> table() && {
        std::vector<Column> columns;
        columns.push_back({"time", std::move(times_)});
        for (std::size_t c = 0; c < names_.size(); ++c) columns.push_back({names_[c], std::move(columns_[c])});
        return Table::make(std::move(columns));
    }

private:
    std::vector<std::string> names_;
    Times times_;
    std::vector<Numbers> columns_;
};

/// To six significant digits, as a scraper would store it.
double stored(double value) {
    if (value == 0) return 0;
    double unit = std::pow(10, std::floor(std::log10(std::abs(value))) - 5);
    return std::round(value / unit) * unit;
}

Status add_hours(const std::vector<Hour>& hours, const PlatformOptions& options, Rng rng, PlatformTelemetry& telemetry) {
    NumberTable seen(
        {"ingest_rate", "cpu", "p50", "p99", "error_rate", "infra", "calendar_events", "workers", "queue_depth", "next_busy_per_thousand"});
    NumberTable truth({"expected_log_growth", "next_workers"});
    for (std::size_t i = 0; i + 1 < hours.size(); ++i) {
        const auto &now = hours[i], &next = hours[i + 1];
        TRY(latency, PlatformLatency::make({now.cpu(), now.infra, now.error_rate}));
        TRY(queue, MultiServerQueue::make(static_cast<std::size_t>(now.workers), now.busy));
        double depth = queue.waiting_probability() * now.busy / (now.workers - now.busy);
        double cpu = std::clamp(now.cpu() + 0.01 * rng.normal(), 0.01, 0.99);
        double p50 = latency.quantile_ms(0.5) * std::exp(0.02 * rng.normal()),
               p99 = latency.quantile_ms(0.99) * std::exp(0.05 * rng.normal());
        seen.add(now.time, {stored(now.rate), stored(cpu), stored(p50), stored(p99), stored(now.error_rate), stored(now.infra),
                            static_cast<double>(next.events), now.workers, stored(depth), stored(next.busy / now.rate * 1000)});
        double burst = burst_share * burst_mean;
        double growth = next.season + event_effect * next.events + burst_kept * now.deviation + burst - now.log_rate();
        TRY(workers, servers_needed(next.busy, options.target));
        truth.add(now.time, {growth, static_cast<double>(workers)});
    }
    TRY(seen_rows, std::move(seen).table());
    TRY(truth_rows, std::move(truth).table());
    telemetry.hours = std::move(seen_rows), telemetry.hour_truth = std::move(truth_rows);
    return {};
}

Status add_requests(const std::vector<Hour>& hours, const PlatformOptions& options, Rng rng, PlatformTelemetry& telemetry) {
    std::vector<std::int64_t> moments(options.requests);
    auto span = static_cast<std::uint64_t>(static_cast<std::int64_t>(hours.size() - 1) * hour_us);
    for (auto& moment : moments) moment = static_cast<std::int64_t>(rng.below(span));
    std::ranges::sort(moments);
    NumberTable seen({"load", "infra", "request_rate", "error_rate", "latency_ms"});
    NumberTable truth({"p50", "p95", "p99", "p999"});
    for (auto moment : moments) {
        const auto& hour = hours[static_cast<std::size_t>(moment / hour_us)];
        // Minutes differ more than hours do.
        double load = stored(std::clamp(hour.cpu() * std::exp(0.25 * rng.normal()), 0.05, 0.97));
        double infra = stored(std::clamp(hour.infra + 0.1 * rng.normal(), 0.0, 1.0));
        double error_rate = stored(std::clamp(hour.error_rate * std::exp(0.5 * rng.normal()), 0.0, 0.2));
        TRY(latency, PlatformLatency::make({load, infra, error_rate}));
        EventTime time{options.start.value() + moment};
        seen.add(time, {load, infra, stored(0.8 * hour.rate * std::exp(0.15 * rng.normal())), error_rate, stored(latency.draw_ms(rng))});
        truth.add(time, {latency.quantile_ms(0.5), latency.quantile_ms(0.95), latency.quantile_ms(0.99), latency.quantile_ms(0.999)});
    }
    TRY(seen_rows, std::move(seen).table());
    TRY(truth_rows, std::move(truth).table());
    telemetry.requests = std::move(seen_rows), telemetry.request_truth = std::move(truth_rows);
    return {};
}

}  // namespace

Result<PlatformTelemetry> simulate_platform(const PlatformOptions& options) {
    if (options.weeks < 1 || options.weeks > limits::simulated_weeks_max)
        return fail_field(ErrorKind::invalid, "weeks", "a simulated platform runs for 1 to {} weeks, not {}", limits::simulated_weeks_max,
                          options.weeks);
    if (options.requests < 1 || options.requests > limits::simulated_requests_max)
        return fail_field(ErrorKind::invalid, "requests", "1 to {} requests are simulated, not {}", limits::simulated_requests_max,
                          options.requests);
    Rng root(options.seed);
    auto hours = draw_hours(options, root.split(hour_stream));
    PlatformTelemetry telemetry;
    TRY_VOID(add_hours(hours, options, root.split(hour_stream + 2), telemetry));
    TRY_VOID(add_requests(hours, options, root.split(request_stream), telemetry));
    return telemetry;
}

}  // namespace quoin
