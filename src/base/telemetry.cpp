#include "base/telemetry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <mutex>

namespace quoin {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n') {
            out += "\\n";
        } else {
            out += c;
        }
    }
    return out;
}

std::string label_text(const std::vector<Label>& labels, std::string_view bound = {}) {
    std::string out;
    for (const auto& label : labels) out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ",", label.name, escaped(label.value));
    if (!bound.empty()) out += fmt::format("{}le=\"{}\"", out.empty() ? "" : ",", bound);
    return out.empty() ? out : "{" + out + "}";
}

}  // namespace

Histogram::Histogram(std::vector<double> upper_bounds)
    : bounds_(std::move(upper_bounds)), counts_(new std::atomic<std::uint64_t>[bounds_.size() + 1]()) {
    assert(std::ranges::is_sorted(bounds_));
}

void Histogram::observe(double value) {
    auto bucket = static_cast<std::size_t>(std::ranges::lower_bound(bounds_, value) - bounds_.begin());
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

std::uint64_t Histogram::cumulative(std::size_t i) const {
    std::uint64_t total = 0;
    for (std::size_t k = 0; k <= i; ++k) total += counts_[k].load(std::memory_order_relaxed);
    return total;
}

std::vector<double> latency_buckets() {
    return {1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
}

struct Telemetry::Families {
    template <class Metric>
    struct Series {
        std::vector<Label> labels;
        std::unique_ptr<Metric> metric;
    };
    template <class Metric>
    struct Family {
        std::string help;
        std::map<std::string, Series<Metric>> series;
    };
    template <class Metric>
    using ByName = std::map<std::string, Family<Metric>, std::less<>>;

    mutable std::mutex mutex;
    ByName<Counter> counters;
    ByName<Gauge> gauges;
    ByName<Histogram> histograms;

    struct Wanted {
        std::string_view name, help;
        std::vector<Label> labels;
    };

    template <class Metric, class Make>
    Metric& find(ByName<Metric>& all, Wanted wanted, Make make) {
        std::lock_guard lock(mutex);
        auto& family = all[std::string(wanted.name)];
        if (family.help.empty()) family.help = wanted.help;
        auto& series = family.series[label_text(wanted.labels)];
        if (!series.metric) series = {std::move(wanted.labels), make()};
        return *series.metric;
    }
};

Telemetry::Telemetry() : families_(std::make_unique<Families>()) {}
Telemetry::~Telemetry() = default;

Counter& Telemetry::counter(std::string_view name, std::string_view help, std::vector<Label> labels) {
    return families_->find(families_->counters, {name, help, std::move(labels)}, [] { return std::make_unique<Counter>(); });
}

Gauge& Telemetry::gauge(std::string_view name, std::string_view help, std::vector<Label> labels) {
    return families_->find(families_->gauges, {name, help, std::move(labels)}, [] { return std::make_unique<Gauge>(); });
}

Histogram& Telemetry::histogram(std::string_view name, std::string_view help, std::vector<Label> labels, std::vector<double> upper_bounds) {
    return families_->find(families_->histograms, {name, help, std::move(labels)},
                           [&] { return std::make_unique<Histogram>(std::move(upper_bounds)); });
}

std::string Telemetry::exposition() const {
    std::lock_guard lock(families_->mutex);
    std::map<std::string, std::string> blocks;
    auto head = [](std::string_view name, std::string_view help, std::string_view type) {
        return fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
    };
    auto simple = [&](const auto& all, std::string_view type) {
        for (const auto& [name, family] : all) {
            auto& block = blocks[name] = head(name, family.help, type);
            for (const auto& [labels, series] : family.series) block += fmt::format("{}{} {}\n", name, labels, series.metric->value());
        }
    };
    simple(families_->counters, "counter");
    simple(families_->gauges, "gauge");
    for (const auto& [name, family] : families_->histograms) {
        auto& block = blocks[name] = head(name, family.help, "histogram");
        for (const auto& [labels, series] : family.series) {
            const auto& histogram = *series.metric;
            auto bounds = histogram.upper_bounds();
            for (std::size_t i = 0; i < bounds.size(); ++i)
                block += fmt::format("{}_bucket{} {}\n", name, label_text(series.labels, fmt::to_string(bounds[i])),
                                     histogram.cumulative(i));
            block += fmt::format("{}_bucket{} {}\n", name, label_text(series.labels, "+Inf"), histogram.count());
            block += fmt::format("{}_sum{} {}\n{}_count{} {}\n", name, labels, histogram.sum(), name, labels, histogram.count());
        }
    }
    std::string out;
    for (const auto& [name, block] : blocks) out += block;
    return out;
}

}  // namespace quoin
