#include <gtest/gtest.h>

#include <algorithm>

#include "features/poison_fixture.h"
#include "features/random_world_fixture.h"

namespace quoin {
namespace {

std::vector<FeaturePlace> features_of(const FeatureCatalog& catalog) {
    std::vector<FeaturePlace> features;
    for (const auto& view : catalog.views())
        for (std::uint16_t slot = 0; slot < view->features().size(); ++slot) features.push_back({view.get(), slot});
    return features;
}

// Poison in every event type of the shipped catalog: no bit of any feature before it counts, and many after. bench/leak_probe.cpp does
// the same 10^7 times.
TEST(LeakProbe, WhatCountsLaterChangesNoBitOfAnyShippedFeature) {
    auto catalog = FeatureCatalog::load(std::filesystem::path(QUOIN_SOURCE_DIR) / "catalog");
    ASSERT_TRUE(catalog) << catalog.error().message;
    PoisonedEvents world(**catalog, 9, 12);
    EventTime begin = from_civil(2025, 1, 1), cut = from_civil(2026, 2, 1);
    auto events = world.honest(60, begin, cut);
    auto poisoned = events;
    std::ranges::copy(world.poison(30, cut), std::back_inserter(poisoned));
    auto features = features_of(**catalog);
    auto clean = FeatureReplay::read(*catalog, features, source_of(events), {.wants_lists = true});
    auto dirty = FeatureReplay::read(*catalog, features, source_of(poisoned), {.wants_lists = true});
    ASSERT_TRUE(clean && dirty);
    EXPECT_EQ(dirty->counts().undecodable, 0u);
    auto frame = world.frame(150, begin, cut);
    auto before = compare_answers(*clean->answer(frame), *dirty->answer(frame), frame);
    EXPECT_EQ(before.different, 0u);
    EXPECT_GT(before.present, before.compared / 4);
    for (EventTime& at : frame.at) at = cut + Duration{1};
    auto after = compare_answers(*clean->answer(frame), *dirty->answer(frame), frame);
    EXPECT_GT(after.different, after.compared / 20);
}

}  // namespace
}  // namespace quoin
