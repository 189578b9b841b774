#include "decisions/search/asynchronous_halving.h"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <map>

#include "decisions/search/published_functions_fixture.h"

namespace quoin {
namespace {

BayesOptimizer proposals(std::uint64_t seed, BayesOptions options = {}) {
    options.seed = seed;
    return BayesOptimizer::make(
               SearchSpace::make({{.name = "x1", .lower = -5, .upper = 10}, {.name = "x2", .lower = 0, .upper = 15}}).value(), options)
        .value();
}

/// Branin seen through a fog that lifts with the resource.
double loss_at(const AsynchronousHalving::Job& job) {
    const double x1 = std::get<double>(job.point.at("x1")), x2 = std::get<double>(job.point.at("x2"));
    return branin(x1, x2) + 10 / job.resource * (1 + std::sin(100 * x1));
}

TEST(AsynchronousHalving, PromotesTheBestOfEachRungAndFindsTheValley) {
    auto halving = AsynchronousHalving::make(proposals(1), {.resource_min = 1, .resource_max = 27}).value();
    ASSERT_EQ(halving.rungs(), 4u);
    EXPECT_DOUBLE_EQ(halving.resource(1), 3);
    EXPECT_DOUBLE_EQ(halving.resource(3), 27);
    std::deque<AsynchronousHalving::Job> out;  // four workers, first in, first out
    std::map<std::size_t, int> jobs;
    double used = 0;
    for (int i = 0; i < 80; ++i) {
        out.push_back(halving.ask().value());
        ++jobs[out.back().rung];
        used += out.back().resource;
        if (out.size() < 4) continue;
        ASSERT_TRUE(halving.tell(out.front(), loss_at(out.front())));
        out.pop_front();
    }
    EXPECT_GT(jobs[3], 0);
    // More than a third go up in the end: proposals become better, and who is among the best third of its time has gone up already.
    for (std::size_t rung = 1; rung < 4; ++rung) EXPECT_LE(jobs[rung], jobs[rung - 1] / 2 + 2) << rung;
    EXPECT_LT(used, 80 * 27 / 5);
    ASSERT_TRUE(halving.best());
    EXPECT_EQ(halving.best()->resource, 27);
    EXPECT_LT(halving.best()->loss, branin_minimum + 1.5);
}

TEST(AsynchronousHalving, FailuresAreNotPromotedAndWrongAnswersRefused) {
    auto halving = AsynchronousHalving::make(proposals(2), {.resource_min = 1, .resource_max = 3}).value();
    EXPECT_FALSE(halving.best());
    std::vector<AsynchronousHalving::Job> jobs;
    for (int i = 0; i < 3; ++i) jobs.push_back(halving.ask().value());
    EXPECT_EQ(halving.tell(jobs[0], std::nan("")).error().kind, ErrorKind::invalid);
    for (const auto& job : jobs) ASSERT_TRUE(halving.tell_failure(job));
    EXPECT_EQ(halving.tell(jobs[0], 1).error().kind, ErrorKind::not_found);
    EXPECT_EQ(halving.ask()->rung, 0u) << "nothing that failed goes up";
    EXPECT_FALSE(AsynchronousHalving::make(proposals(1), {.resource_min = 2, .resource_max = 1}));
    EXPECT_FALSE(AsynchronousHalving::make(proposals(1), {.keep_one_in = 1}));
    EXPECT_FALSE(AsynchronousHalving::make(proposals(1, {.maximize = true})));
}

}  // namespace
}  // namespace quoin
