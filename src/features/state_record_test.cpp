#include "features/state_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/random_world_fixture.h"
#include "features/state_packing.h"
#include "features/state_store.h"

namespace quoin {
namespace {

/// Every state of a world, with its codec.
void for_each_state(RandomWorld& world, const StateCodecs& codecs,
                    const std::function<void(const StateCodec&, const StateKey&, const EntityState&)>& visit) {
    for (const StateCodec& codec : codecs.all())
        world.online->table(codec.view().name())->visit([&](std::string_view key, const EntityState& state) {
            auto separator = key.find('\x1f');
            visit(codec, codec.key(key.substr(0, separator), key.substr(separator + 1)), state);
        });
}

TEST(StateRecord, AnotherProcessComputesTheSameValuesFromIt) {
    RandomWorld world(71);
    world.live(60, 0);
    StateCodecs codecs(world.catalog);
    ASSERT_EQ(codecs.all().size(), 4u) << "the calendar view has no states";
    StateVersion version{.sequence = 77, .advanced = world.log->now()};
    std::size_t states = 0;
    for_each_state(world, codecs, [&](const StateCodec& codec, const StateKey& key, const EntityState& state) {
        ++states;
        std::string record;
        codec.encode(key, {version, state}, world.texts, record);
        EXPECT_EQ(version_of(record), version);
        TextTable elsewhere;
        auto decoded = codec.decode(key, record, elsewhere);
        ASSERT_TRUE(decoded) << decoded.error().message;
        EXPECT_EQ(decoded->version, version);
        FeatureRow here, there;
        FeatureOperator(codec.view(), world.texts).values(state, version.advanced, {}, here);
        FeatureOperator(codec.view(), elsewhere).values(decoded->state, version.advanced, {}, there);
        EXPECT_EQ(here.values, there.values);
        EXPECT_EQ(here.lists, there.lists);
        EXPECT_EQ(here.event_time, there.event_time);
        for (std::size_t slot = 0; slot < there.lists.size(); ++slot) {
            if (codec.view().features()[slot].declaration->type != FeatureType::texts) continue;
            for (auto id : there.lists[slot]) EXPECT_EQ(world.texts.find(id), elsewhere.find(id));
        }
        std::string again;
        codec.encode(key, *decoded, elsewhere, again);
        EXPECT_EQ(record, again);
    });
    EXPECT_GT(states, 60u);
}

TEST(StateRecord, VersionsAreOrderedAsTheirBytes) {
    std::vector<StateVersion> versions = {{0, EventTime::missing()}, {0, EventTime{-5}}, {0, EventTime{0}}, {0, EventTime{255}},
                                          {0, EventTime{256}},       {1, EventTime{-9}}, {255, {}},         {256, EventTime{-1}},
                                          {1ull << 40, EventTime{7}}};
    EXPECT_TRUE(std::ranges::is_sorted(versions));
    EXPECT_TRUE(std::ranges::is_sorted(versions, {}, version_bytes));
    for (const StateVersion& version : versions) EXPECT_EQ(version_of(version_bytes(version)), version);
}

TEST(StateRecord, OneOfAnotherEntityOrTenantOrComputationIsRefused) {
    RandomWorld world(72);
    world.live(30, 0);
    StateCodecs codecs(world.catalog);
    const StateCodec& codec = *codecs.find("home_deeds");
    StateCodec other(codec.shared_view(), std::string(64, 'a'));
    std::string record;
    EntityState state = *world.online->table("home_deeds")->state(entity_key("default", "home_1"));
    codec.encode(codec.key("default", "home_1"), {{}, state}, world.texts, record);
    TextTable texts;
    EXPECT_TRUE(codec.decode(codec.key("default", "home_1"), record, texts));
    EXPECT_FALSE(codec.decode(codec.key("default", "home_2"), record, texts));
    EXPECT_FALSE(codec.decode(codec.key("acme", "home_1"), record, texts));
    EXPECT_FALSE(codecs.find("home_acts")->decode(codecs.find("home_acts")->key("default", "home_1"), record, texts));
    EXPECT_THAT(other.decode(other.key("default", "home_1"), record, texts).error().message, testing::HasSubstr("other declarations"));
}

TEST(StateRecord, DamageIsFoundAndHostileCellsAreRefused) {
    RandomWorld world(73);
    world.live(40, 0);
    StateCodecs codecs(world.catalog);
    Rng rng(5);
    for_each_state(world, codecs, [&](const StateCodec& codec, const StateKey& key, const EntityState& state) {
        std::string record;
        codec.encode(key, {{1, EventTime{1}}, state}, world.texts, record);
        for (int i = 0; i < 20; ++i) {
            std::string damaged = record;
            if (i % 2 == 0) damaged.resize(rng.below(record.size()));
            else damaged[rng.below(record.size())] ^= static_cast<char>(1 << rng.below(8));
            TextTable texts;
            auto decoded = codec.decode(key, damaged, texts);
            ASSERT_FALSE(decoded);
            EXPECT_EQ(decoded.error().kind, ErrorKind::corrupt);
            EXPECT_EQ(texts.size(), 0u) << "nothing is kept of what is refused";
        }
    });
}

TEST(StateRecord, WhatAViewCannotHaveIsRefused) {
    RandomWorld world(74);
    StateCodecs codecs(world.catalog);
    const StateCodec& codec = *codecs.find("home_acts");
    StateKey key = codec.key("default", "home_1");
    auto refusal = [&](const EntityState& state) {
        // Components beyond those of the view are read as those of one that has more.
        StateCodec writer(codecs.find("area_levels")->shared_view(), codec.computation());
        std::string record;
        writer.encode(key, {{}, state}, world.texts, record);
        TextTable texts;
        auto decoded = codec.decode(key, record, texts);
        return decoded ? std::string() : decoded.error().message;
    };
    EntityState good, late, strange, timed;
    EXPECT_EQ(refusal(good), "");
    late.see(EventTime{std::int64_t{1} << 62});
    EXPECT_THAT(refusal(late), testing::HasSubstr("beyond all time"));
    auto components = codec.view().components();
    ASSERT_LT(components.size(), codecs.find("area_levels")->view().components().size());
    strange.at(static_cast<std::uint16_t>(components.size()), CellKind::tally, 0, 0);
    EXPECT_THAT(refusal(strange), testing::HasSubstr("component"));
    for (std::uint16_t i = 0; i < components.size(); ++i)
        if (components[i].kind == CellKind::latest) timed.at(i, CellKind::latest, 0, 0)->a = std::numeric_limits<std::int64_t>::max();
    EXPECT_THAT(refusal(timed), testing::HasSubstr("beyond all time"));
}

TEST(StatePacking, AnyStateComesBackAndNoBytesBreakIt) {
    Rng rng(21);
    std::size_t packed_bytes = 0, saved_bytes = 0;
    for (int round = 0; round < 500; ++round) {
        EntityState state;
        if (rng.below(8) != 0) state.see(EventTime{static_cast<std::int64_t>(rng.next())});
        for (std::uint64_t i = rng.below(40); i > 0; --i) {
            Cell& cell = *state.at(static_cast<std::uint16_t>(rng.below(round % 2 ? 5 : 65'536)), CellKind::keyed,
                                   static_cast<std::uint32_t>(rng.below(rng.below(2) ? 10 : 1ull << 32)), rng.next() >> rng.below(64));
            cell.a = static_cast<std::int64_t>(rng.next() >> rng.below(64)),
            cell.b = static_cast<std::int64_t>(rng.next() << rng.below(64));
        }
        std::string saved, packed, again;
        state.save(saved);
        append_packed(state, packed);
        auto back = unpacked_state(packed);
        ASSERT_TRUE(back) << back.error().message;
        back->save(again);
        ASSERT_EQ(saved, again);
        packed_bytes += packed.size(), saved_bytes += saved.size();
        for (int i = 0; i < 40; ++i) {
            std::string damaged = packed;
            if (i % 2 == 0) damaged.resize(rng.below(packed.size()));
            else damaged[rng.below(packed.size())] = static_cast<char>(rng.next());
            auto read = unpacked_state(damaged);
            EXPECT_TRUE(i % 2 != 0 || !read);
        }
    }
    EXPECT_LT(packed_bytes, saved_bytes);
}

TEST(PlainText, DifferentTextsStayDifferentAndComeBack) {
    EXPECT_EQ(plain_text("user 1/é"), "user 1/é");
    EXPECT_EQ(plain_text(std::string_view("a\0b\n%\x7f\xff", 7)), "a%00b%0A%25%7F%FF");
    EXPECT_EQ(plain_text("a:b", ":"), "a%3Ab");
    EXPECT_FALSE(from_plain_text("a%2"));
    EXPECT_FALSE(from_plain_text("a%zz"));
    Rng rng(9);
    for (int i = 0; i < 2000; ++i) {
        std::string text(rng.below(12), ' ');
        for (char& c : text) c = static_cast<char>(rng.below(4) == 0 ? '%' : rng.below(256));
        EXPECT_EQ(from_plain_text(plain_text(text, ":")), text);
    }
}

}  // namespace
}  // namespace quoin
