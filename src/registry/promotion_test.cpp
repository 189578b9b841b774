#include "registry/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "registry/registry_fixture.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class PromotionTest : public testing::Test, protected RegistryScene {};

TEST_F(PromotionTest, MovesAlongTheStagesOnly) {
    add();
    add();
    EXPECT_EQ(registry.transition("value", 1, Stage::archived, change).error().kind, ErrorKind::conflict);
    EXPECT_EQ(registry.transition("value", 1, Stage::production, change).error().kind, ErrorKind::conflict);
    ASSERT_TRUE(registry.transition("value", 1, Stage::staging, change));
    EXPECT_EQ(registry.transition("value", 1, Stage::none, change).error().kind, ErrorKind::conflict);
    ASSERT_TRUE(registry.promote("value", 1, change));
    ASSERT_TRUE(registry.promote("value", 2, change));
    EXPECT_EQ(stage(1), Stage::archived);
    EXPECT_EQ(stage(2), Stage::production);
    EXPECT_EQ(registry.promote("value", 1, change).error().kind, ErrorKind::conflict) << "archived: through Staging, or roll back";
    ASSERT_TRUE(registry.transition("value", 1, Stage::staging, change));
    ASSERT_TRUE(registry.promote("value", 1, change));
    EXPECT_EQ(stage(2), Stage::archived);
    EXPECT_EQ(registry.transition("value", 9, Stage::staging, change).error().kind, ErrorKind::not_found);
    EXPECT_THAT(actions(), ElementsAre("register", "register", "stage", "promote", "promote", "stage", "promote"));
    EXPECT_TRUE(registry.verify_ledger());

    for (const char* text : {"none", "STAGING", "Production", "archived"}) EXPECT_TRUE(stage_from(text)) << text;
    EXPECT_THAT(stage_from("live").error().message, HasSubstr("None, Staging, Production or Archived"));
}

TEST_F(PromotionTest, AliasesMoveButTheChampionOnlyByPromotion) {
    add();
    add();
    ASSERT_TRUE(registry.set_alias("value", "shadow", 1, change));
    ASSERT_TRUE(registry.set_alias("value", "shadow", 2, change));
    ASSERT_TRUE(registry.set_alias("value", "shadow", 2, change));
    EXPECT_THAT(registry.aliases("value").value(), ElementsAre(Pair("shadow", 2)));
    auto lines = registry.ledger("value").value();
    ASSERT_EQ(lines.size(), 4u) << "what changes nothing writes no line";
    EXPECT_EQ(lines[3].detail, R"({"alias":"shadow","previous":1})");
    EXPECT_EQ(registry.set_alias("value", "champion", 1, change).error().kind, ErrorKind::conflict);
    EXPECT_EQ(registry.set_alias("value", "shadow", 7, change).error().kind, ErrorKind::not_found);
}

TEST_F(PromotionTest, RefusedPromotionIsWrittenToTheLedger) {
    add();
    ASSERT_TRUE(registry.promote("value", 1, change));
    add(false);
    clock.set(at(3));
    auto refused = registry.promote("value", 2, {"bob", "looks fine to me"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
    EXPECT_THAT(refused.error().message, HasSubstr("PRB 0.06 is above 0.05"));
    EXPECT_EQ(stage(1), Stage::production);
    EXPECT_EQ(stage(2), Stage::none);

    LedgerLine line = OpenRegistry::in(folder.path, clock).registry.ledger("value").value().back();
    EXPECT_EQ(line.action, "refuse");
    EXPECT_EQ(line.version, 2);
    EXPECT_EQ(line.actor, "bob");
    EXPECT_EQ(line.reason, "looks fine to me");
    EXPECT_EQ(line.at, at(3));
    EXPECT_EQ(line.detail, R"({"failed":[{"gate":"prb <= 0.05","message":"PRB 0.06 is above 0.05"}]})");

    ASSERT_TRUE(registry.promote("value", 2, {"bob", "risk committee, minute 14"}, true));
    EXPECT_EQ(stage(2), Stage::production);
    EXPECT_EQ(registry.ledger("value").value().back().detail,
              R"({"previous":1,"overridden":[{"gate":"prb <= 0.05","message":"PRB 0.06 is above 0.05"}]})");
    EXPECT_TRUE(registry.verify_ledger());
}

TEST_F(PromotionTest, RollsBackStepByStep) {
    EXPECT_EQ(registry.roll_back("value", change).error().kind, ErrorKind::not_found);
    for (int i = 0; i < 3; ++i) add();
    EXPECT_EQ(registry.roll_back("value", change).error().kind, ErrorKind::conflict);
    for (int number : {1, 2, 3}) ASSERT_TRUE(registry.promote("value", number, change));
    EXPECT_EQ(registry.roll_back("value", change).value().number, 2);
    EXPECT_EQ(stage(3), Stage::archived);
    EXPECT_EQ(stage(2), Stage::production);
    EXPECT_EQ(registry.find("value", "champion").value().number, 2);
    EXPECT_EQ(registry.roll_back("value", change).value().number, 1) << "before 2 there was 1, not 3";
    EXPECT_EQ(registry.roll_back("value", change).error().kind, ErrorKind::conflict);
    EXPECT_EQ(stage(1), Stage::production);

    ASSERT_TRUE(registry.transition("value", 3, Stage::staging, change));
    ASSERT_TRUE(registry.promote("value", 3, change));
    ASSERT_TRUE(registry.transition("value", 3, Stage::archived, change));
    EXPECT_EQ(registry.find("value", "champion").error().kind, ErrorKind::not_found);
    EXPECT_EQ(registry.roll_back("value", change).value().number, 3) << "undoes the retirement";
    EXPECT_EQ(registry.roll_back("value", change).value().number, 1);
    EXPECT_TRUE(registry.verify_ledger());
}

TEST_F(PromotionTest, NeverRestoresAVersionWhoseBytesAreDamaged) {
    add();
    add();
    ASSERT_TRUE(registry.promote("value", 1, change));
    ASSERT_TRUE(registry.promote("value", 2, change));
    std::filesystem::path blob = open.blobs->path(registry.version("value", 1).value().artifact);
    std::filesystem::permissions(blob, std::filesystem::perms::owner_all);
    std::filesystem::resize_file(blob, 3);
    EXPECT_EQ(registry.roll_back("value", change).error().kind, ErrorKind::corrupt);
    EXPECT_EQ(stage(2), Stage::production);
}

TEST_F(PromotionTest, SaysWhoWasLiveAtAnyTime) {
    EXPECT_EQ(registry.live_at("value", at(0)).error().kind, ErrorKind::not_found);
    add();
    add();
    clock.set(at(10));
    ASSERT_TRUE(registry.promote("value", 1, change));
    clock.set(at(20));
    ASSERT_TRUE(registry.promote("value", 2, change));
    clock.set(at(30));
    registry.roll_back("value", change).value();
    clock.set(at(40));
    ASSERT_TRUE(registry.transition("value", 1, Stage::archived, change));
    clock.set(at(50));
    ASSERT_TRUE(registry.transition("value", 2, Stage::staging, change));
    ASSERT_TRUE(registry.promote("value", 2, change));

    auto live = [&](EventTime time) { return registry.live_at("value", time).value().value_or(0); };
    EXPECT_EQ(live(at(0)), 0);
    EXPECT_EQ(live(EventTime{at(10).value() - 1}), 0);
    EXPECT_EQ(live(at(10)), 1) << "from the moment of promotion on";
    EXPECT_EQ(live(EventTime{at(20).value() - 1}), 1);
    EXPECT_EQ(live(at(20)), 2);
    EXPECT_EQ(live(at(35)), 1);
    EXPECT_EQ(live(at(45)), 0) << "retired";
    EXPECT_EQ(live(at(1000)), 2);
}

TEST_F(PromotionTest, WritersOfSeveralConnectionsTakeTurns) {
    constexpr int writers = 3, versions = 12;
    std::vector<ModelVersion> drafts(writers, draft());
    std::vector<std::thread> threads;
    for (int writer = 0; writer < writers; ++writer)
        threads.emplace_back([&, writer] {
            OpenRegistry own = OpenRegistry::in(folder.path, clock);
            for (int i = 0; i < versions; ++i) {
                auto added = own.registry.register_version(drafts[static_cast<std::size_t>(writer)], change);
                if (!added || !own.registry.promote("value", added->number, change)) ADD_FAILURE() << "writer " << writer;
            }
        });
    for (std::thread& thread : threads) thread.join();
    auto all = registry.versions("value").value();
    ASSERT_EQ(all.size(), std::size_t{writers * versions});
    EXPECT_EQ(all.back().number, writers * versions);
    EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const auto& version) { return version.stage == Stage::production; }), 1);
    EXPECT_EQ(actions().size(), std::size_t{2 * writers * versions});
    EXPECT_TRUE(registry.verify_ledger());
}

}  // namespace
}  // namespace quoin
