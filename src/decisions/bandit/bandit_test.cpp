#include "decisions/bandit/bandit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "decisions/bandit/situation_fixture.h"

namespace quoin {
namespace {

using testing::HasSubstr;

/// Settings in which each kind can be made, with the features it takes.
std::vector<std::pair<std::string, BanditOptions>> all_kinds() {
    return {{"linucb", {.actions = 4, .features = 3}},
            {"hybrid_linucb", {.actions = 4, .features = 3, .action_features = 2}},
            {"linear_thompson", {.actions = 4, .features = 3}},
            {"linear_thompson", {.actions = 4, .action_features = 3}},
            {"logistic_thompson", {.actions = 4, .features = 3}},
            {"logistic_thompson", {.actions = 4, .action_features = 3, .exploration_share = 0.1}},
            {"epsilon_greedy", {.actions = 4, .features = 3, .exploration_share = 0.05}},
            {"ucb1", {.actions = 4, .exploration_share = 0.2}}};
}

void teach(Bandit& bandit, std::size_t steps, std::uint64_t seed) {
    Rng rng(seed);
    for (std::size_t step = 0; step < steps; ++step) {
        const Situation situation(bandit.options(), rng);
        const Decision decision = bandit.choose(situation.context()).value();
        ASSERT_TRUE(bandit.learn(situation.context(), decision.action, reward_of(situation, decision.action, rng)));
    }
}

TEST(Bandit, ProbabilitiesSumToOneAndChoicesFollowThem) {
    for (const auto& [kind, options] : all_kinds()) {
        auto bandit = make_bandit(kind, options).value();
        teach(*bandit, 60, 3);
        Rng rng(7);
        const Situation situation(options, rng);
        std::vector<double> inverse(options.actions, 0.0), share(options.actions, 0.0), counts(options.actions, 0.0);
        constexpr int rounds = 6'000;
        for (int round = 0; round < rounds; ++round) {
            const auto probabilities = bandit->probabilities(situation.context()).value();
            const double sum = std::accumulate(probabilities.probability.begin(), probabilities.probability.end(), 0.0);
            ASSERT_NEAR(sum, 1, 1e-12) << kind;
            const Decision decision = bandit->choose(situation.context()).value();
            ASSERT_EQ(decision.propensity, probabilities.probability[decision.action]) << kind;
            ASSERT_EQ(decision.number, 60u + static_cast<std::uint64_t>(round));
            counts[decision.action] += 1;
            inverse[decision.action] += 1 / decision.propensity;
            for (std::size_t a = 0; a < options.actions; ++a) share[a] += probabilities.probability[a];
        }
        for (std::size_t a = 0; a < options.actions; ++a) {
            // Five standard deviations of the count.
            EXPECT_NEAR(counts[a], share[a], 5 * std::sqrt(share[a] + 1)) << kind << " action " << a;
            if (share[a] / rounds > 0.05) {
                EXPECT_NEAR(inverse[a] / rounds, 1, 0.2) << kind << ": the inverse propensities of an action";
            }
        }
    }
}

TEST(Bandit, TheSavedOneDecidesAndSavesTheSame) {
    for (const auto& [kind, options] : all_kinds()) {
        auto bandit = make_bandit(kind, options).value();
        teach(*bandit, 80, 5);
        const std::string text = bandit->save();
        auto loaded = load_bandit(text).value();
        EXPECT_EQ(loaded->save(), text) << kind;
        teach(*bandit, 40, 9);
        teach(*loaded, 40, 9);
        EXPECT_EQ(loaded->save(), bandit->save()) << kind;
    }
}

TEST(Bandit, TheSameCallsGiveTheSameDecisions) {
    for (const auto& [kind, options] : all_kinds()) {
        auto first = make_bandit(kind, options).value(), second = make_bandit(kind, options).value();
        teach(*first, 50, 2);
        teach(*second, 50, 2);
        EXPECT_EQ(first->save(), second->save()) << kind;
    }
}

TEST(Bandit, TheOrderOfRewardsMattersToRoundingOnly) {
    for (const auto& [kind, options] : all_kinds()) {
        if (kind == "logistic_thompson") continue;  // Laplace's approximation depends on the order
        auto forwards = make_bandit(kind, options).value(), backwards = make_bandit(kind, options).value();
        std::vector<Situation> situations;
        Rng rng(4);
        for (int i = 0; i < 50; ++i) situations.emplace_back(options, rng);
        for (std::size_t i = 0; i < 50; ++i) {
            ASSERT_TRUE(forwards->learn(situations[i].context(), i % 4, static_cast<double>(i % 7) / 7));
            ASSERT_TRUE(backwards->learn(situations[49 - i].context(), (49 - i) % 4, static_cast<double>((49 - i) % 7) / 7));
        }
        for (int i = 0; i < 20; ++i) {
            const Situation situation(options, rng);
            const auto a = forwards->probabilities(situation.context()).value().probability;
            const auto b = backwards->probabilities(situation.context()).value().probability;
            for (std::size_t k = 0; k < a.size(); ++k) EXPECT_NEAR(a[k], b[k], 1e-9) << kind;
        }
    }
}

TEST(Bandit, RefusesWhatItCannotUse) {
    auto bandit = make_bandit("linucb", {.actions = 3, .features = 2}).value();
    const std::string before = bandit->save();
    const std::vector<double> good{1, 2}, with_nan{1, std::nan("")}, huge{1, 1e7}, three{1, 2, 3};
    EXPECT_THAT(bandit->choose({with_nan}).error().message, HasSubstr("feature 1 is nan"));
    EXPECT_THAT(bandit->choose({huge}).error().message, HasSubstr("feature 1"));
    EXPECT_THAT(bandit->choose({three}).error().message, HasSubstr("3 features; this bandit takes 2"));
    EXPECT_EQ(bandit->choose({good, Matrix(3, 1).view()}).error().field, "actions");
    EXPECT_THAT(bandit->learn({good}, 3, 0.5).error().message, HasSubstr("action 3 is unknown"));
    for (double reward : {std::nan(""), -0.1, 1.1, HUGE_VAL}) EXPECT_EQ(bandit->learn({good}, 0, reward).error().field, "reward") << reward;
    EXPECT_EQ(bandit->save(), before) << "a refused reward must not leave a trace";

    EXPECT_EQ(make_bandit("linucb2", {}).error().kind, ErrorKind::not_found);
    EXPECT_EQ(make_bandit("linucb", {.actions = 1, .features = 1}).error().field, "actions");
    EXPECT_EQ(make_bandit("linucb", {.actions = 2}).error().field, "features");
    EXPECT_EQ(make_bandit("linucb", {.actions = 2, .features = 1, .action_features = 1}).error().field, "action_features");
    EXPECT_EQ(make_bandit("hybrid_linucb", {.actions = 2, .features = 1}).error().field, "features");
    EXPECT_EQ(make_bandit("linear_thompson", {.actions = 2, .features = 1, .action_features = 1}).error().field, "features");
    EXPECT_EQ(make_bandit("linucb", {.actions = 9'000, .features = 2'000}).error().kind, ErrorKind::too_large);
    EXPECT_EQ(make_bandit("ucb1", {.reward_lower = 1, .reward_upper = 1}).error().field, "reward_upper");
    EXPECT_EQ(make_bandit("ucb1", {.exploration_share = std::nan("")}).error().field, "exploration_share");
}

TEST(Bandit, EveryChangedByteIsNoticed) {
    auto bandit = make_bandit("linear_thompson", {.actions = 2, .features = 2}).value();
    teach(*bandit, 5, 1);
    const std::string text = bandit->save();
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string changed = text;
        changed[i] = changed[i] == '1' ? '2' : '1';
        EXPECT_FALSE(load_bandit(changed)) << "byte " << i;
        EXPECT_FALSE(load_bandit(std::string_view(text).substr(0, i))) << "cut at " << i;
    }
}

/// Linear payoffs of three actions over 2,000 rounds: what looks at the context must beat what does not, and what explores by uncertainty
/// must beat chance.
TEST(Bandit, RegretIsOrderedAsInPublishedSimulations) {
    auto regret_of = [](const std::string& kind) {
        auto bandit = make_bandit(kind, {.actions = 3, .features = 3, .alpha = 0.5, .posterior_scale = 0.25, .epsilon_decay = 200}).value();
        const double weights[3][3] = {{0.5, 0.2, 0}, {0.5, -0.2, 0.1}, {0.45, 0, -0.25}};
        Rng rng(23);
        double regret = 0;
        for (int step = 0; step < 2000; ++step) {
            const std::vector<double> x{1, 2 * rng.uniform() - 1, 2 * rng.uniform() - 1};
            const auto action = bandit->choose({x}).value().action;
            double best = 0, taken = 0;
            for (std::size_t a = 0; a < 3; ++a) {
                const double payoff = weights[a][0] * x[0] + weights[a][1] * x[1] + weights[a][2] * x[2];
                best = std::max(best, payoff);
                if (a == action) taken = payoff;
            }
            regret += best - taken;
            EXPECT_TRUE(bandit->learn({x}, action, rng.uniform() < taken ? 1 : 0));
        }
        return regret;
    };
    const double blind = regret_of("ucb1");
    for (const char* kind : {"linucb", "linear_thompson", "logistic_thompson", "epsilon_greedy"})
        EXPECT_LT(regret_of(kind), 0.5 * blind) << kind << ", ucb1: " << blind;
}

}  // namespace
}  // namespace quoin
