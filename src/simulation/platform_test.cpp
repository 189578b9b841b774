// The simulation against the laws that it states: the queue's closed forms, drawn latencies against their own quantiles, and the shape of
// load that a week has.

#include "simulation/platform.h"

#include <gtest/gtest.h>

#include <cmath>

#include "simulation/platform_latency.h"

namespace quoin {
namespace {

std::span<const double> numbers(const Table& table, const char* name) { return table.find(name)->numbers(); }

TEST(PlatformLatency, DrawsFollowTheQuantiles) {
    Rng rng(5);
    for (PlatformState state : {PlatformState{0.3, 0.2, 0}, PlatformState{0.75, 0.68, 0.015}, PlatformState{0.95, 0.9, 0.1}}) {
        auto law = PlatformLatency::make(state).value();
        constexpr int draws = 200'000;
        for (double level : {0.5, 0.95, 0.99}) {
            double quantile = law.quantile_ms(level);
            EXPECT_NEAR(law.exceeds(quantile), 1 - level, 1e-8);
            int below = 0;
            for (int i = 0; i < draws; ++i) below += law.draw_ms(rng) <= quantile;
            double deviation = std::sqrt(level * (1 - level) / draws);
            EXPECT_NEAR(static_cast<double>(below) / draws, level, 4 * deviation) << state.load << " " << level;
        }
    }
}

TEST(PlatformLatency, OneThreadsClosedFormAndMonotoneTails) {
    // No load: service alone, exponential of mean 40 ms · (1 + 0.8 · 0.25).
    EXPECT_NEAR(PlatformLatency::make({0, 0.5, 0}).value().quantile_ms(0.99), 48 * std::log(100), 1e-5);
    double before = 0;
    for (int step = 0; step < 98; ++step) {
        double p99 = PlatformLatency::make({step / 100.0, 0.4, 0.004}).value().quantile_ms(0.99);
        EXPECT_GT(p99, before);
        before = p99;
    }
    EXPECT_GT(PlatformLatency::make({0.7, 0.4, 0.02}).value().quantile_ms(0.99),
              PlatformLatency::make({0.7, 0.4, 0}).value().quantile_ms(0.99));
    EXPECT_EQ(PlatformLatency::make({0.99, 0.4, 0}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(PlatformLatency::make({0.5, NAN, 0}).error().kind, ErrorKind::invalid);
}

TEST(Platform, SameSeedSameTablesAndAnotherSeedOthers) {
    const PlatformOptions options{.weeks = 2, .requests = 500};
    auto first = simulate_platform(options).value(), again = simulate_platform(options).value();
    auto other = simulate_platform({.seed = 2, .weeks = 2, .requests = 500}).value();
    ASSERT_EQ(first.hours.rows(), 336u);
    ASSERT_EQ(first.requests.rows(), 500u);
    EXPECT_TRUE(std::ranges::equal(numbers(first.hours, "ingest_rate"), numbers(again.hours, "ingest_rate")));
    EXPECT_TRUE(std::ranges::equal(numbers(first.requests, "latency_ms"), numbers(again.requests, "latency_ms")));
    EXPECT_FALSE(std::ranges::equal(numbers(first.hours, "ingest_rate"), numbers(other.hours, "ingest_rate")));
    EXPECT_EQ(simulate_platform({.weeks = 0}).error().field, "weeks");
    EXPECT_EQ(simulate_platform({.requests = 0}).error().field, "requests");
}

TEST(Platform, LabelsAreTheNextHourAndLoadHasItsCycles) {
    auto platform = simulate_platform({.weeks = 8, .requests = 1}).value();
    auto rate = numbers(platform.hours, "ingest_rate"), label = numbers(platform.hours, "next_busy_per_thousand"),
         cpu = numbers(platform.hours, "cpu"), workers = numbers(platform.hours, "workers");
    double day = 0, night = 0, week = 0, weekend = 0;
    for (std::size_t i = 0; i + 1 < rate.size(); ++i) {
        // cpu has a measurement error of 0.01.
        EXPECT_NEAR(label[i] * rate[i] / 1000, cpu[i + 1] * workers[i + 1], 0.05 * workers[i + 1]);
        std::size_t hour = i % 24;
        if (hour == 14) (i / 24 % 7 < 5 ? week : weekend) += rate[i] / (i / 24 % 7 < 5 ? 40 : 16);
        if (hour == 14) day += rate[i] / 56;
        if (hour == 2) night += rate[i] / 56;
    }
    EXPECT_GT(day, 2.5 * night);
    EXPECT_GT(week, 1.3 * weekend);
    auto needed = numbers(platform.hour_truth, "next_workers");
    for (std::size_t i = 0; i < needed.size(); ++i) EXPECT_GT(needed[i], label[i] * rate[i] / 1000);
}

TEST(Platform, TheExpectedGrowthIsTheMeanOfWhatHappens) {
    auto platform = simulate_platform({.weeks = 52, .requests = 1}).value();
    auto rate = numbers(platform.hours, "ingest_rate"), growth = numbers(platform.hour_truth, "expected_log_growth");
    double error = 0, square = 0;
    for (std::size_t i = 0; i + 1 < rate.size(); ++i) {
        double surprise = std::log(rate[i + 1] / rate[i]) - growth[i];
        error += surprise, square += surprise * surprise;
    }
    auto n = static_cast<double>(rate.size() - 1);
    EXPECT_NEAR(error / n, 0, 4 * std::sqrt(square / n / n));
    // Noise 0.035 and bursts: √(0.035² + 0.01 · 2 · 0.35² − 0.0035²) = 0.0605.
    EXPECT_NEAR(std::sqrt(square / n), 0.0605, 0.006);
}

TEST(Platform, RequestsFollowTheirOwnLaw) {
    auto platform = simulate_platform({.weeks = 8, .requests = 40'000}).value();
    auto latency = numbers(platform.requests, "latency_ms");
    for (auto [name, level] : {std::pair{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}, {"p999", 0.999}}) {
        auto quantile = numbers(platform.request_truth, name);
        double below = 0;
        for (std::size_t i = 0; i < latency.size(); ++i) below += latency[i] <= quantile[i];
        EXPECT_NEAR(below / 40'000, level, 4 * std::sqrt(level * (1 - level) / 40'000)) << name;
    }
}

}  // namespace
}  // namespace quoin
