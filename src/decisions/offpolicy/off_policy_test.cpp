#include "decisions/offpolicy/off_policy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <vector>

#include "base/parallel.h"
#include "base/rng.h"
#include "decisions/offpolicy/decision_log.h"

namespace quoin {
namespace {

/// A log of 3 actions with linear rewards plus noise; the judged policy prefers what the logging policy does not.
struct World {
    std::size_t rows;
    Matrix contexts, target, propensities_of_all;
    std::vector<std::size_t> actions;
    std::vector<double> propensities, rewards;

    World(std::size_t rows_of_log, std::uint64_t seed)
        : rows(rows_of_log), contexts(rows, 2), target(rows, 3), propensities_of_all(rows, 3) {
        Rng rng(seed);
        for (std::size_t i = 0; i < rows; ++i) {
            contexts(i, 0) = 1;
            contexts(i, 1) = 2 * rng.uniform() - 1;
            const double tilt = 0.2 * contexts(i, 1);
            const double logging[3] = {0.5 + tilt, 0.3 - tilt, 0.2}, judged[3] = {0.2, 0.4 + tilt, 0.4 - tilt};
            const double u = rng.uniform();
            const std::size_t action = u < logging[0] ? 0 : u < logging[0] + logging[1] ? 1 : 2;
            std::copy(judged, judged + 3, target.row(i).begin());
            actions.push_back(action);
            propensities.push_back(logging[action]);
            rewards.push_back(mean(action, contexts(i, 1)) + 0.5 * rng.normal());
        }
    }
    static double mean(std::size_t action, double x) { return 0.5 + 0.3 * static_cast<double>(action) + (action == 1 ? 0.6 : -0.4) * x; }
    /// E[0.2 m0 + (0.4 + 0.2 x) m1 + (0.4 − 0.2 x) m2] with E x = 0, E x² = 1/3.
    static double truth() { return 0.2 * 0.5 + 0.4 * 0.8 + 0.2 * 0.6 / 3 + 0.4 * 1.1 - 0.2 * -0.4 / 3; }
    OffPolicyData data() const { return {actions, propensities, rewards, target.view()}; }
    Matrix predicted() const { return cross_fitted_rewards(contexts, actions, rewards, {.actions = 3}).value(); }
};

bool holds(const ConfidenceInterval& interval, double value) { return interval.lower <= value && value <= interval.upper; }

/// Binomial: 950 of 1,000 give or take 3.5 · √(1000 · 0.95 · 0.05) = 24.
TEST(OffPolicy, IntervalsHoldTheTruthAtTheirLevel) {
    constexpr std::size_t repetitions = 1000, bootstrapped = 250, methods = 4;
    std::vector<std::array<bool, methods>> asymptotic(repetitions), bootstrap(repetitions);
    std::vector<std::array<double, methods>> values(repetitions);
    parallel_for(repetitions, [&](std::size_t i) {
        const World world(300, 1000 + i);
        const OffPolicyOptions options{.bootstrap_replicates = i < bootstrapped ? 200u : 0u, .seed = i};
        const OffPolicyOptions few{.bootstrap_replicates = i < bootstrapped ? 60u : 0u, .seed = i};
        const OffPolicyEstimate estimates[methods] = {inverse_propensity(world.data(), options).value(),
                                                      self_normalized(world.data(), options).value(),
                                                      doubly_robust(world.data(), world.predicted(), options).value(),
                                                      direct_method(world.data(), world.contexts, 1e-3, few).value()};
        for (std::size_t m = 0; m < methods; ++m) {
            asymptotic[i][m] = holds(estimates[m].asymptotic, World::truth());
            bootstrap[i][m] = estimates[m].bootstrap && holds(*estimates[m].bootstrap, World::truth());
            values[i][m] = estimates[m].value;
        }
    });
    const char* names[methods] = {"IPS", "SNIPS", "DR", "DM"};
    double deviation[methods];
    for (std::size_t m = 0; m < methods; ++m) {
        double covered = 0, covered_bootstrap = 0, sum = 0, squares = 0;
        for (std::size_t i = 0; i < repetitions; ++i) {
            covered += asymptotic[i][m];
            covered_bootstrap += bootstrap[i][m];
            sum += values[i][m] - World::truth();
            squares += std::pow(values[i][m] - World::truth(), 2);
        }
        deviation[m] = std::sqrt(squares / repetitions);
        EXPECT_NEAR(covered, 950, 24) << names[m];
        // 238 of 250 give or take 12; percentiles of few replicates (60 for DM) lie further inside.
        EXPECT_GT(covered_bootstrap, 238 - 12 - 8) << names[m];
        EXPECT_NEAR(sum / repetitions, 0, 3.5 * deviation[m] / std::sqrt(repetitions)) << names[m] << " is biased";
        RecordProperty(names[m], fmt::format("asymptotic {} bootstrap {} rmse {:.4f}", covered, covered_bootstrap, deviation[m]));
    }
    EXPECT_LT(deviation[1], deviation[0]) << "SNIPS against IPS";
    EXPECT_LT(deviation[2], deviation[1]) << "DR against SNIPS";
}

TEST(OffPolicy, SmallCasesByHand) {
    const std::vector<std::size_t> actions{0, 1};
    const std::vector<double> propensities{0.5, 0.25}, rewards{1, 3};
    Matrix target(2, 2), predicted(2, 2);
    target(0, 0) = target(1, 1) = 1;
    predicted(0, 0) = 2;
    predicted(1, 1) = 2;
    const OffPolicyData data{actions, propensities, rewards, target.view()};
    const OffPolicyOptions plain{.bootstrap_replicates = 0};
    const auto ips = inverse_propensity(data, plain).value();  // weights 2 and 4
    EXPECT_DOUBLE_EQ(ips.value, 7);
    EXPECT_DOUBLE_EQ(ips.standard_error, 5) << "half the difference of 2 and 12";
    EXPECT_DOUBLE_EQ(ips.effective_rows, 36.0 / 20);
    EXPECT_NEAR(ips.asymptotic.upper, 7 + 1.959963984540054 * 5, 1e-12);
    EXPECT_FALSE(ips.bootstrap);
    EXPECT_DOUBLE_EQ(self_normalized(data, plain)->value, 14.0 / 6);
    EXPECT_DOUBLE_EQ(doubly_robust(data, predicted, plain)->value, 2 + (-2.0 + 4.0) / 2);
    const auto clipped = inverse_propensity(data, {.weight_max = 3, .bootstrap_replicates = 0}).value();
    EXPECT_DOUBLE_EQ(clipped.value, 5.5);
    EXPECT_DOUBLE_EQ(clipped.clipping_bias, -1.5);
    EXPECT_DOUBLE_EQ(clipped.value - clipped.clipping_bias, ips.value);
    EXPECT_DOUBLE_EQ(clipped.clipped_share, 0.5);
}

TEST(OffPolicy, TheLoggingPolicyItselfIsJudgedByItsMean) {
    World world(500, 3);
    for (std::size_t i = 0; i < world.rows; ++i) {
        std::ranges::fill(world.target.row(i), (1 - world.propensities[i]) / 2);
        world.target(i, world.actions[i]) = world.propensities[i];
    }
    double mean = 0;
    for (double reward : world.rewards) mean += reward / static_cast<double>(world.rows);
    EXPECT_NEAR(inverse_propensity(world.data())->value, mean, 1e-12);
    EXPECT_NEAR(self_normalized(world.data())->effective_rows, 500, 1e-9);
}

TEST(OffPolicy, TheSameForAnyNumberOfThreads) {
    const World world(200, 5);
    std::vector<ConfidenceInterval> intervals;
    const char* before = std::getenv("QUOIN_THREADS");
    const std::string kept = before ? before : "";
    for (const char* threads : {"1", "2", "5"}) {
        setenv("QUOIN_THREADS", threads, 1);
        intervals.push_back(*self_normalized(world.data())->bootstrap);
    }
    before ? setenv("QUOIN_THREADS", kept.c_str(), 1) : unsetenv("QUOIN_THREADS");
    for (const auto& interval : intervals) {
        EXPECT_EQ(interval.lower, intervals[0].lower);
        EXPECT_EQ(interval.upper, intervals[0].upper);
    }
}

TEST(OffPolicy, RefusesWhatIsNoLog) {
    World world(10, 1);
    EXPECT_EQ(inverse_propensity(world.data(), {.weight_max = 0.5}).error().field, "weight_max");
    EXPECT_EQ(inverse_propensity(world.data(), {.level = 1}).error().field, "level");
    world.propensities[4] = 0;
    EXPECT_EQ(inverse_propensity(world.data()).error().field, "propensity");
    world.propensities[4] = 0.3;
    world.rewards[2] = std::nan("");
    EXPECT_EQ(doubly_robust(world.data(), Matrix(10, 3)).error().field, "reward");
    world.rewards[2] = 1;
    EXPECT_EQ(doubly_robust(world.data(), Matrix(10, 2)).error().field, "predicted");
    EXPECT_EQ(direct_method(world.data(), Matrix(9, 2), 1).error().field, "contexts");
    world.target(7, 0) += 0.1;
    EXPECT_EQ(self_normalized(world.data()).error().field, "target");
    world.target(7, 0) -= 0.1;
    world.actions[1] = 3;
    EXPECT_EQ(self_normalized(world.data()).error().field, "action");
}

TEST(DecisionLog, LinesAreReadBackAndRefusedByField) {
    LoggedDecision decision{.id = "d-1",
                            .at = parse_time("2026-03-01T10:00:00Z").value(),
                            .features = {1, 0.25},
                            .actions = Matrix(2, 2, 0.5),
                            .action = 1,
                            .propensity = 0.125,
                            .reward = -2};
    const std::string line = decision_line(decision);
    EXPECT_EQ(line, R"({"id":"d-1","at":"2026-03-01T10:00:00Z","features":[1,0.25],"actions":[[0.5,0.5],[0.5,0.5]],"action":1,)"
                    R"("propensity":0.125,"reward":-2})");
    EXPECT_EQ(decision_line(read_decision_line(line).value()), line);
    auto refused = [&](std::string_view from, std::string_view to) {
        std::string changed = line;
        changed.replace(changed.find(from), from.size(), to);
        auto read = read_decision_line(changed);
        return read ? std::string("accepted") : read.error().field;
    };
    EXPECT_EQ(refused("0.125", "0"), "propensity");
    EXPECT_EQ(refused("0.125", "1.5"), "propensity");
    EXPECT_EQ(refused("\"action\":1", "\"action\":2"), "action");
    EXPECT_EQ(refused("\"reward\":-2", "\"reward\":null"), "reward");
    EXPECT_EQ(refused("\"reward\":-2", "\"reward\":1,\"price\":1"), "price");
    EXPECT_EQ(refused("[[0.5,", "[[0.5,3,"), "actions");
}

TEST(RewardJoin, RewardsMeetTheirDecisionsWithinTheWindow) {
    RewardJoin join({.window = Duration::minutes(10)});
    const EventTime start = parse_time("2026-03-01T10:00:00Z").value();
    for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(join.decided({.id = id, .at = start, .features = {}, .propensity = 0.5}));
    EXPECT_EQ(join.decided({.id = "a", .at = start, .features = {}}).error().kind, ErrorKind::conflict);
    EXPECT_EQ(join.decided({.id = "z", .at = start, .features = {}, .propensity = 0}).error().field, "propensity");
    EXPECT_EQ(join.rewarded("a", start + Duration::minutes(10), 2)->reward, 2);
    EXPECT_EQ(join.rewarded("a", start, 2).error().kind, ErrorKind::not_found) << "one reward a decision";
    EXPECT_EQ(join.rewarded("b", start + Duration::minutes(11), 2).error().kind, ErrorKind::conflict);
    EXPECT_EQ(join.rewarded("c", start, std::nan("")).error().field, "reward");
    EXPECT_TRUE(join.expired(start + Duration::minutes(10)).empty());
    const auto late = join.expired(start + Duration::minutes(11));
    ASSERT_EQ(late.size(), 2u);
    EXPECT_EQ(late[0].reward, 0);
    EXPECT_EQ(join.pending(), 0u);
}

}  // namespace
}  // namespace quoin
