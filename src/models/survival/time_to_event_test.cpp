#include "models/survival/time_to_event.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>

#include "base/rng.h"

namespace quoin {
namespace {

TimeToEvent example(bool competes) {
    TimeToEvent model{.event = "closed",
                      .baseline = {.stratum = "", .times = {2, 5, 9, 20}, .cumulative = {0.1, 0.3, 0.4, 0.9}, .last_time = 25},
                      .horizon = 15,
                      .grid = {5, 15}};
    if (competes) model.competing = {"lost", {}, {.stratum = "", .times = {1, 5, 12}, .cumulative = {0.2, 0.5, 0.6}, .last_time = 25}};
    return model;
}

TEST(TimeToEvent, AloneIsOneMinusSurvival) {
    auto incidence = example(false).incidence(std::log(2.0), 0);
    for (auto [time, hazard] : {std::pair{1.9, 0.0}, {2.0, 0.1}, {5.0, 0.3}, {8.0, 0.3}, {15.0, 0.4}})
        EXPECT_NEAR(incidence.event_at(time), 1 - std::exp(-2 * hazard), 1e-15) << time;
    EXPECT_EQ(incidence.times.back(), 9) << "nothing is claimed beyond the horizon";
    double at_2 = 1 - std::exp(-0.2), at_5 = std::exp(-0.2) - std::exp(-0.6), at_9 = std::exp(-0.6) - std::exp(-0.8);
    EXPECT_NEAR(incidence.expected(), (2 * at_2 + 5 * at_5 + 9 * at_9) / (at_2 + at_5 + at_9), 1e-14);
    EXPECT_EQ(incidence.quantile(0.1), 2);
    EXPECT_EQ(incidence.quantile(0.5), 5);
    EXPECT_EQ(incidence.quantile(0.99), 9);
}

TEST(TimeToEvent, WhatRulesTheEventOutTakesItsShare) {
    auto incidence = example(true).incidence(0, 0);
    double neither = std::exp(-0.2), event = 0, competing = 1 - neither;  // 1
    event += neither * (1 - std::exp(-0.1)), neither *= std::exp(-0.1);   // 2
    event += neither * (1 - std::exp(-0.5)) * 0.2 / 0.5, competing += neither * (1 - std::exp(-0.5)) * 0.3 / 0.5, neither *= std::exp(-0.5);
    EXPECT_NEAR(incidence.event_at(5), event, 1e-15);
    EXPECT_NEAR(incidence.competing_at(5), competing, 1e-15);
    EXPECT_NEAR(incidence.event_at(5) + incidence.competing_at(5) + neither, 1, 1e-15);
}

TEST(TimeToEvent, IsAProbabilityAndFasterWithTheHazardWhateverItIs) {
    Rng rng(1);
    auto model = example(true);
    for (int trial = 0; trial < 500; ++trial) {
        double own = 1000 * rng.normal(), other = 1000 * rng.normal();
        if (trial % 2 == 0) own /= 500, other /= 500;
        auto incidence = model.incidence(own, other), faster = model.incidence(own + 0.5, other);
        double before = 0;
        for (std::size_t k = 0; k < incidence.times.size(); ++k) {
            EXPECT_GE(incidence.event[k], before);
            EXPECT_LE(incidence.event[k] + incidence.competing[k], 1 + 1e-12);
            before = incidence.event[k];
        }
        EXPECT_TRUE(incidence.expected() > 0 && incidence.expected() <= model.horizon) << own << " " << other;
        for (double share : {0.1, 0.5, 0.9}) EXPECT_TRUE(incidence.quantile(share) > 0 && incidence.quantile(share) <= model.horizon);
        EXPECT_LE(faster.expected(), incidence.expected() + 1e-9);
        EXPECT_GE(faster.probability(), incidence.probability() - 1e-12);
    }
}

TEST(TimeToEvent, ReadsBackWhatItWroteAndRefusesWhatIsNoModel) {
    auto model = example(true);
    auto read = time_to_event_from_json(to_json(model)).value();
    EXPECT_EQ(read.event, "closed");
    EXPECT_EQ(read.competing->name, "lost");
    EXPECT_EQ(read.incidence(0.3, 0.1).event, model.incidence(0.3, 0.1).event);
    auto broken = model;
    broken.baseline.cumulative[1] = 0.05;
    EXPECT_FALSE(check(broken)) << "it falls";
    broken = model, broken.horizon = 1.5;
    EXPECT_FALSE(check(broken)) << "no event within the horizon";
    broken = model, broken.grid = {5, 16};
    EXPECT_FALSE(check(broken)) << "beyond the horizon";
    broken = model, broken.competing->baseline.times[0] = NAN;
    EXPECT_FALSE(check(broken));
    EXPECT_FALSE(time_to_event_from_json(to_json(broken)));
}

}  // namespace
}  // namespace quoin
