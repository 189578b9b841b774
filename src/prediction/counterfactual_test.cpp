#include "prediction/counterfactual.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"

namespace quoin {
namespace {

/// Log-odds −3 + contacts − 0.5 · complexity + 2 · age (nobody moves it) + 0.8 where the channel is "visit".
TrainedModel example() {
    TrainedModel model{.name = "leads", .label = "converted", .task = Task::binary};
    std::vector<InputColumn> inputs = {
        {.name = "contacts",
         .label = "contacts a week",
         .upper = 5,
         .movable = Movable{.lower = 0, .upper = 5, .step = 0.5, .direction = 1}},
        {.name = "complexity", .label = "complexity", .upper = 3, .movable = Movable{.lower = 0, .upper = 3, .step = 1, .direction = -1}},
        {.name = "age", .label = "age", .upper = 1},
        {.name = "channel",
         .kind = ColumnKind::category,
         .levels = {"mail", "phone", "visit"},
         .label = "channel",
         .movable = Movable{.values = {"mail", "phone", "visit"}}}};
    std::vector<EncodedFeature> features;
    for (std::size_t i = 0; i < inputs.size(); ++i)
        features.push_back({.name = inputs[i].name,
                            .kind = i == 3 ? FeatureKind::category : FeatureKind::number,
                            .inputs = {i},
                            .reason = inputs[i].name});
    model.encoder = Encoder::make(inputs, features).value();
    model.ensemble.members.push_back(
        {"elastic_net", 1,
         Regressor(LinearModel{
             .features = 4, .intercept = -3, .terms = {{0, -1, 0, 1, 1}, {1, -1, 0, 1, -0.5}, {2, -1, 0, 1, 2}, {3, 2, 0, 1, 0.8}}})});
    return model;
}

double probability(const TrainedModel& model, std::span<const double> raw) {
    return Changed{model, raw}.values(MatrixView<const double>(raw.data(), 1, raw.size())).front();
}

TEST(Counterfactual, IsTheSmallestOfAllThatReachTheGoal) {
    auto model = example();
    Rng rng(7);
    int reached = 0;
    for (int trial = 0; trial < 200; ++trial) {
        const double raw[] = {0.5 * static_cast<double>(rng.below(6)), static_cast<double>(rng.below(4)), rng.uniform(),
                              static_cast<double>(rng.below(3))};
        Goal goal{0.2 + 0.7 * rng.uniform(), 1};
        if (probability(model, raw) >= goal.target) continue;
        auto found = smallest_change({model, raw}, goal);
        // Every combination of at most one change, by hand: least effort.
        double least = INFINITY;
        for (double contacts = raw[0]; contacts <= 5; contacts += 0.5)
            if (const double row[] = {contacts, raw[1], raw[2], raw[3]}; probability(model, row) >= goal.target)
                least = std::min(least, (contacts - raw[0]) / 5);
        for (double complexity = raw[1]; complexity >= 0; --complexity)
            if (const double row[] = {raw[0], complexity, raw[2], raw[3]}; probability(model, row) >= goal.target)
                least = std::min(least, (raw[1] - complexity) / 3);
        for (double channel = 0; channel < 3; ++channel)
            if (const double row[] = {raw[0], raw[1], raw[2], channel}; probability(model, row) >= goal.target)
                least = std::min(least, std::abs(channel - raw[3]) / 2);
        if (!std::isfinite(least)) continue;
        ++reached;
        ASSERT_TRUE(found.has_value());
        EXPECT_EQ(found->changes.size(), 1u);
        EXPECT_NEAR(found->effort, least, 1e-12);
        EXPECT_GE(found->value, goal.target);
        EXPECT_NEAR(found->change, found->value - probability(model, raw), 1e-12);
    }
    EXPECT_GT(reached, 100);
}

TEST(Counterfactual, MovesOnlyWhatMayMoveAndOnlyThatWay) {
    auto model = example();
    Rng rng(9);
    for (int trial = 0; trial < 100; ++trial) {
        const double raw[] = {5 * rng.uniform(), 3 * rng.uniform(), rng.uniform(), static_cast<double>(rng.below(3))};
        auto all = best_single_changes({model, raw}, 1);
        if (auto smallest = smallest_change({model, raw}, {0.9, 1})) all.push_back(*smallest);
        for (const auto& one : all)
            for (const auto& change : one.changes) {
                EXPECT_NE(change.feature, "age");
                double from = std::get_if<double>(&change.from) ? std::get<double>(change.from) : 0;
                double to = std::get_if<double>(&change.to) ? std::get<double>(change.to) : 0;
                EXPECT_TRUE(change.feature != "contacts" || to > from);
                EXPECT_TRUE(change.feature != "complexity" || to < from);
            }
    }
}

TEST(Counterfactual, TakesTwoOrMoreWhereOneIsNotEnough) {
    auto model = example();
    const double raw[] = {0, 3, 0, 0};
    double two = probability(model, std::vector<double>{5, 0, 0, 0}), three = probability(model, std::vector<double>{5, 0, 0, 2});
    auto pair = smallest_change({model, raw}, {two - 0.001, 1});
    ASSERT_TRUE(pair.has_value());
    EXPECT_EQ(pair->changes.size(), 2u);
    auto triple = smallest_change({model, raw}, {three - 1e-9, 1});
    ASSERT_TRUE(triple.has_value());
    EXPECT_EQ(triple->changes.size(), 3u);
    EXPECT_FALSE(smallest_change({model, raw}, {three + 1e-6, 1})) << "out of reach";
}

TEST(Counterfactual, SaysNothingOfWhatIsNotKnown) {
    auto model = example();
    const double raw[] = {NAN, NAN, 0.5, NAN};
    EXPECT_TRUE(best_single_changes({model, raw}, 1).empty());
    EXPECT_FALSE(smallest_change({model, raw}, {0.9, 1}));
}

}  // namespace
}  // namespace quoin
