#include "simulation/activity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace quoin {
namespace {

std::size_t user_of(const SimulatedEvent& event) { return std::stoul(event.id.substr(5, event.id.find('-') - 5)); }

TEST(SimulatedActivity, TheSameSeedGivesTheSameEventsAndThoseOnTheWayComeMoreOften) {
    ActivityOptions options{.users = 600, .end = from_civil(2026, 5, 1)};
    auto events = simulate_activity(options), again = simulate_activity(options);
    ASSERT_TRUE(events && again);
    ASSERT_EQ(events->size(), again->size());
    std::vector<UserLife> lives{{}};
    double expected[user_stages] = {}, seen[user_stages] = {};  // visits by stage: what each user would make settled, and what there were
    for (std::size_t user = 1; user <= options.users; ++user) {
        lives.push_back(life_of(options, user));
        for (int day = options.days; day > 0; --day) {
            EventTime noon{options.end.value() - day * 86'400'000'000 + 43'200'000'000};
            expected[static_cast<int>(lives[user].stage_at(noon))] += lives[user].visits_per_day;
        }
    }
    for (std::size_t i = 0; i < events->size(); ++i) {
        const auto& event = (*events)[i];
        EXPECT_EQ(event.data, (*again)[i].data);
        EXPECT_LE(event.time, options.end);
        EXPECT_LE((*events)[i == 0 ? 0 : i - 1].time, event.time);
        if (event.type == "platform.session") seen[static_cast<int>(lives[user_of(event)].stage_at(event.time))] += 1;
    }
    EXPECT_NEAR(seen[0] / expected[0], 1, 0.05);
    EXPECT_NEAR(seen[1] / expected[1], 1.5, 0.15);
    EXPECT_NEAR(seen[2] / expected[2], 2.5, 0.25);
    EXPECT_NEAR(seen[3] / expected[3], 0.3, 0.06);
    EXPECT_LT(seen[4] / expected[4], 0.02);  // what is left of the last day
    EXPECT_EQ(lives[123].stage_at(options.end), UserStage::ready);
    EXPECT_FALSE(simulate_activity({.users = 0, .end = options.end}));
}

TEST(SimulatedActivity, ClosingAndLeavingAreAsLikelyAsTheStageSays) {
    ActivityOptions options{.name = "past", .users = 20'000, .days = 120, .end = from_civil(2026, 5, 1)};
    EventTime cut{options.end.value() - 30 * 86'400'000'000};
    double rows[user_stages] = {}, closed[user_stages] = {}, left[user_stages] = {};
    for (std::size_t user = 1; user <= options.users; ++user) {
        auto life = life_of(options, user);
        auto stage = static_cast<std::size_t>(life.stage_at(cut));
        rows[stage] += 1;
        closed[stage] += life.closing_between(cut, options.end) != nullptr;
        left[stage] += life.leaves <= options.end;
    }
    for (std::size_t stage = 0; stage < user_stages; ++stage) {
        auto near = [&](double count, double chance) {
            EXPECT_NEAR(count / rows[stage], chance, 4 * std::sqrt(chance * (1 - chance) / rows[stage])) << stage;
        };
        near(closed[stage], chance_of_closing(static_cast<UserStage>(stage), 30));
        near(left[stage], chance_of_leaving(static_cast<UserStage>(stage), 30));
    }
    EXPECT_NEAR(chance_of_closing(UserStage::ready, 15), 1 - std::exp(-1), 1e-12);
    EXPECT_LT(chance_of_closing(UserStage::settled, 30), 0.03);
}

TEST(SimulatedActivity, WhatUsersReadTellsTheKindOfTheirTransaction) {
    ActivityOptions options{.name = "past", .users = 2'000, .days = 60, .end = from_civil(2026, 5, 1)};
    std::map<std::pair<TransactionKind, bool>, double> documents;  // appraisals and taxes, or others
    for (std::size_t user = 1; user <= options.users; ++user) {
        auto life = life_of(options, user);
        auto count = [&](SimulatedEvent event) -> Status {
            const Move* move = event.type == "document.accessed" ? life.move_at(event.time) : nullptr;
            bool loan = event.data.find("appraisal") != std::string::npos || event.data.find("\"tax\"") != std::string::npos;
            if (move != nullptr) documents[{move->kind, loan}] += 1;
            return {};
        };
        ASSERT_TRUE(simulate_user(options, life, count));
    }
    EXPECT_GT((documents[{TransactionKind::refinance, true}]), 3 * (documents[{TransactionKind::refinance, false}]));
    EXPECT_LT((documents[{TransactionKind::buy, true}]), (documents[{TransactionKind::buy, false}]) / 3);
}

}  // namespace
}  // namespace quoin
