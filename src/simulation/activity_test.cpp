#include "simulation/activity.h"

#include <gtest/gtest.h>

#include <map>

namespace quoin {
namespace {

TEST(SimulatedActivity, TheSameSeedGivesTheSameEventsAndMoversDoMoreAtTheEnd) {
    ActivityOptions options{.users = 400, .end = from_civil(2026, 5, 1)};
    auto events = simulate_activity(options), again = simulate_activity(options);
    ASSERT_TRUE(events && again);
    ASSERT_EQ(events->size(), again->size());
    std::map<bool, double> late, early, users;
    for (std::size_t user = 1; user <= options.users; ++user) ++users[is_simulated_mover(options.seed, user)];
    for (std::size_t i = 0; i < events->size(); ++i) {
        const auto& event = (*events)[i];
        EXPECT_EQ(event.data, (*again)[i].data);
        EXPECT_LE(event.time, options.end);
        EXPECT_LE((*events)[i == 0 ? 0 : i - 1].time, event.time);
        if (event.type != "platform.session") continue;
        bool mover = is_simulated_mover(options.seed, std::stoul(event.id.substr(5, event.id.find('-') - 5)));
        (event.time.days() > options.end.days() - 14 ? late : early)[mover] += 1;
    }
    // Sessions a day, last 14 against the 76 before: twice as many for movers, as many for the others.
    EXPECT_NEAR(late[true] / 14 / (early[true] / 76), 2, 0.3);
    EXPECT_NEAR(late[false] / 14 / (early[false] / 76), 1, 0.1);
    EXPECT_TRUE(is_simulated_mover(options.seed, 123));
    EXPECT_FALSE(simulate_activity({.users = 0, .end = options.end}));
}

}  // namespace
}  // namespace quoin
