#include "prediction/capacity_plan.h"

#include <gtest/gtest.h>

#include <cmath>

namespace quoin {
namespace {

TEST(CapacityPlan, KeepsItsPromises) {
    auto plan = plan_capacity({28, 30, 33, 35}).value();
    EXPECT_GE(plan.workers, static_cast<std::size_t>(std::ceil(35 / 0.98)));
    EXPECT_LE(plan.workers_lower, plan.workers_expected);
    EXPECT_LE(plan.workers_expected, plan.workers);
    EXPECT_NEAR(plan.expected_utilisation, 30.0 / static_cast<double>(plan.workers), 1e-12);
    EXPECT_GT(plan.queue_capacity, 1u);
    auto idle = plan_capacity({0, 0, 0, 0}).value();
    EXPECT_EQ(idle.workers, 1u);
    EXPECT_EQ(idle.queue_capacity, 1u);
}

TEST(CapacityPlan, MoreDemandNeverMeansFewerWorkers) {
    std::size_t before = 0;
    for (double scale = 0.01; scale < 3000; scale *= 1.07) {
        auto plan = plan_capacity({0.9 * scale, scale, 1.1 * scale, 1.2 * scale}).value();
        EXPECT_GE(plan.workers, before) << scale;
        before = plan.workers;
    }
    for (double extreme = 33; extreme < 60; extreme += 0.5)
        EXPECT_LE(plan_capacity({28, 30, 33, extreme})->workers, plan_capacity({28, 30, 33, extreme + 0.5})->workers);
}

TEST(CapacityPlan, NonsenseIsRefused) {
    EXPECT_EQ(plan_capacity({2, 1, 3, 4}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(plan_capacity({NAN, 1, 3, 4}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(plan_capacity({1, 2, 3, INFINITY}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(plan_capacity({1, 2, 3, 1e12}).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace quoin
