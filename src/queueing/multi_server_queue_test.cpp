// Oracles: the closed form for one server; Erlang C tables (Cooper 1981, "Introduction to Queueing Theory", figure A.4, and every
// textbook): C(2, 1) = 1/3, C(5, 4) = 0.5541, C(10, 8) = 0.4092; and a simulation of the queue by its definition.

#include "queueing/multi_server_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <queue>
#include <vector>

#include "base/rng.h"

namespace quoin {
namespace {

TEST(MultiServerQueue, ErlangCAsTabulated) {
    EXPECT_NEAR(erlang_c(1, 0.7), 0.7, 1e-15);
    EXPECT_NEAR(erlang_c(2, 1), 1.0 / 3, 1e-15);
    EXPECT_NEAR(erlang_c(5, 4), 0.5541, 5e-5);
    EXPECT_NEAR(erlang_c(10, 8), 0.4092, 5e-5);
    EXPECT_EQ(erlang_c(3, 3), 1);
    EXPECT_EQ(erlang_c(3, 0), 0);
}

TEST(MultiServerQueue, OneServerHasItsClosedForm) {
    auto queue = MultiServerQueue::make(1, 0.8).value();
    for (double time : {0.0, 0.5, 3.0, 20.0}) {
        EXPECT_NEAR(queue.stays_longer_than(time), std::exp(-0.2 * time), 1e-14);
        EXPECT_NEAR(queue.waits_longer_than(time), 0.8 * std::exp(-0.2 * time), 1e-14);
    }
    // Rate c − a = 1: the wait and the service have one rate, and the formula its limit.
    auto even = MultiServerQueue::make(2, 1).value();
    EXPECT_NEAR(even.stays_longer_than(2), std::exp(-2) * (1 + 2.0 / 3), 1e-9);
}

TEST(MultiServerQueue, ASimulationWaitsAsTheFormulaSays) {
    constexpr std::size_t servers = 4, arrivals = 400'000;
    constexpr double load = 3.2;
    Rng rng(7);
    std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
    for (std::size_t s = 0; s < servers; ++s) free_at.push(0);
    double now = 0;
    std::size_t waited = 0, waited_long = 0, stayed_long = 0;
    for (std::size_t i = 0; i < arrivals; ++i) {
        now -= std::log1p(-rng.uniform()) / load;
        double start = std::max(now, free_at.top()), end = start - std::log1p(-rng.uniform());
        free_at.pop(), free_at.push(end);
        waited += start > now, waited_long += start - now > 2, stayed_long += end - now > 3;
    }
    auto queue = MultiServerQueue::make(servers, load).value();
    // Waits of one busy period go together, so the bands are wider than those of independent draws: 20 seeds stayed within 0.006.
    EXPECT_NEAR(static_cast<double>(waited) / arrivals, queue.waiting_probability(), 0.01);
    EXPECT_NEAR(static_cast<double>(waited_long) / arrivals, queue.waits_longer_than(2), 0.01);
    EXPECT_NEAR(static_cast<double>(stayed_long) / arrivals, queue.stays_longer_than(3), 0.01);
}

TEST(MultiServerQueue, ServersNeededIsTheFewestThatKeepTheTargetAndRisesWithTheLoad) {
    const WaitTarget target{.share = 0.01, .service_times = 0.5};
    std::size_t before = 0;
    for (double load = 0; load < 400; load += 3.7) {
        auto servers = servers_needed(load, target).value();
        EXPECT_GE(servers, std::max<std::size_t>(before, 1));
        EXPECT_LE(MultiServerQueue::make(servers, load).value().waits_longer_than(0.5), 0.01);
        if (servers > 1 && static_cast<double>(servers - 1) > load) {
            EXPECT_GT(MultiServerQueue::make(servers - 1, load).value().waits_longer_than(0.5), 0.01);
        }
        before = servers;
    }
    // The square-root rule of staffing (Halfin & Whitt 1981): a + β √a with β near 1.
    auto many = servers_needed(10'000, {.share = 0.2, .service_times = 0}).value();
    EXPECT_NEAR(static_cast<double>(many), 10'000 + 1.06 * 100, 5);
}

TEST(MultiServerQueue, PlacesAreTheFewestThatKeepOverflowRare) {
    auto queue = MultiServerQueue::make(10, 9).value();
    auto places = static_cast<double>(queue.places_for(0.001));
    EXPECT_LE(queue.waiting_probability() * std::pow(0.9, places), 0.001);
    EXPECT_GT(queue.waiting_probability() * std::pow(0.9, places - 1), 0.001);
    EXPECT_EQ(MultiServerQueue::make(10, 0).value().places_for(0.001), 0u);
}

TEST(MultiServerQueue, ImpossibleQueuesAreRefused) {
    EXPECT_EQ(MultiServerQueue::make(3, 3).error().kind, ErrorKind::invalid);
    EXPECT_EQ(MultiServerQueue::make(3, NAN).error().kind, ErrorKind::invalid);
    EXPECT_EQ(servers_needed(-1, {}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(servers_needed(1e9, {}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(servers_needed(5, {.share = 0}).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace quoin
