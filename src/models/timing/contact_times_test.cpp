#include "models/timing/contact_times.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "base/rng.h"

namespace quoin {
namespace {

/// Most on Tuesdays, and at ten o'clock.
ContactTimes crowd() {
    ContactTimes times{{std::vector<double>(7, 2)}, {std::vector<double>(24, 0.5)}};
    times.by_day.concentrations[1] = 3;
    times.by_hour.concentrations[10] = 1.5;
    return times;
}

TEST(ContactTimes, WithoutAHistoryTheCrowdAnswersAndIsLessSure) {
    std::vector<double> none(31, NAN), some(31, 0);
    some[4] = 30, some[7 + 18] = 28, some[7 + 19] = 2;
    auto unknown = crowd().answer(none, 3), known = crowd().answer(some, 3);
    EXPECT_EQ(unknown.best.day, 1u);
    EXPECT_EQ(unknown.best.hour, 10u);
    EXPECT_DOUBLE_EQ(unknown.best.share, unknown.crowd_share);
    EXPECT_EQ(unknown.actions, 0);
    EXPECT_EQ(known.best.day, 4u);
    EXPECT_EQ(known.best.hour, 18u);
    EXPECT_GT(known.best.share, 10 * known.crowd_share);
    EXPECT_GT(known.confidence, 0.95);
    EXPECT_LT(unknown.confidence, 0.3);
    ASSERT_EQ(known.alternatives.size(), 3u);
    EXPECT_EQ(known.alternatives[0].day, 1u);
}

TEST(ContactTimes, TheIntervalCoversTheProductOfTwoBetaVariables) {
    std::vector<double> counts(31, 1);
    counts[2] = 9, counts[7 + 20] = 12;
    auto answer = crowd().answer(counts, 0);
    Rng rng(5);
    std::vector<double> draws;
    auto share = [&](const DirichletPrior& prior, std::size_t k) {
        double own = rng.gamma(prior.concentrations[k]), others = rng.gamma(prior.strength() - prior.concentrations[k]);
        return own / (own + others);
    };
    for (int i = 0; i < 100'000; ++i) draws.push_back(share(answer.day, answer.best.day) * share(answer.hour, answer.best.hour));
    for (double level : {0.5, 0.8, 0.95}) {
        auto interval = credible_interval(answer, Probability{level});
        auto inside = std::ranges::count_if(draws, [&](double draw) { return interval.lower <= draw && draw <= interval.upper; });
        EXPECT_NEAR(static_cast<double>(inside) / 100'000, level, 0.015);
    }
}

TEST(ContactTimes, AreTheSameAfterBeingWrittenAndBrokenOnesAreRefused) {
    auto json = to_json(crowd());
    auto read = contact_times_from_json(json);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->by_hour.concentrations, crowd().by_hour.concentrations);
    json["by_day"].as_array().pop_back();
    EXPECT_EQ(contact_times_from_json(json).error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace quoin
