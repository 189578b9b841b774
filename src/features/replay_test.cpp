#include "features/replay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "features/feature_audit.h"
#include "features/random_world_fixture.h"

namespace quoin {
namespace {

std::string shown(const AuditReport& report) {
    std::string text = fmt::format("{} vectors, {} equal, {} different, {} changed", report.vectors, report.equal, report.different,
                                   report.changed);
    for (const auto& one : report.differences)
        text += fmt::format("\n{}:{} of {}/{} at {} after {}: {:016x} served, {:016x} recomputed", one.view, one.feature, one.tenant,
                            one.id, to_text(one.at), one.sequence, one.served, one.recomputed);
    return text;
}

// What was served live is what a replay computes, to the last bit, whatever the order in which events came.
TEST(FeatureReplay, RecomputesEveryServedVectorOfGeneratedWorldsToTheBit) {
    std::uint64_t vectors = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        RandomWorld world(seed);
        ASSERT_EQ(world.error, "");
        world.live(150, 8);
        ASSERT_EQ(world.error, "");
        ASSERT_TRUE(world.served->flush());
        EXPECT_EQ(world.served->unlogged(), 0u);
        auto report = audit_vectors(world.folder / "served", world.catalog, world.events());
        ASSERT_TRUE(report) << report.error().message;
        EXPECT_EQ(report->different, 0u) << "seed " << seed << ": " << shown(*report);
        EXPECT_EQ(report->equal, world.served->logged());
        EXPECT_GT(world.outcomes[0], 300u);
        EXPECT_GT(world.outcomes[1], 10u);
        vectors += report->equal;
    }
    EXPECT_EQ(vectors, 12u * 150 * 8);
}

/// Random rows about users, homes and areas that do and do not exist.
EntityFrame random_frame(RandomWorld& world, Rng& rng, std::size_t rows) {
    EntityFrame frame;
    std::map<std::string, std::map<std::string, std::int32_t>> codes;
    auto add = [&](const std::string& name, Categories& column, const std::string& text) {
        auto [found, is_new] = codes[name].try_emplace(text, static_cast<std::int32_t>(column.levels.size()));
        if (is_new) column.levels.push_back(text);
        column.codes.push_back(found->second);
    };
    for (std::size_t row = 0; row < rows; ++row) {
        for (const char* entity : {"user", "home", "area"}) {
            Categories& ids = frame.ids[entity];
            if (rng.below(10) == 0) ids.codes.push_back(Categories::missing);
            else add(entity, ids, world.random_id(entity));
        }
        add("", frame.tenants, world.random_tenant());
        frame.at.push_back(EventTime{world.clock.now().value() - static_cast<std::int64_t>(rng.below(40 * RandomWorld::day))});
    }
    return frame;
}

void expect_same(const FeatureAnswers& a, const FeatureAnswers& b, const EntityFrame& frame) {
    ASSERT_EQ(a.views.size(), b.views.size());
    for (std::size_t view = 0; view < a.views.size(); ++view) {
        SCOPED_TRACE(a.views[view].view().name());
        for (std::size_t row = 0; row < frame.rows(); ++row) {
            EXPECT_EQ(a.views[view].event_time(row), b.views[view].event_time(row));
            for (std::size_t place = 0; place < a.views[view].slots().size(); ++place) {
                ASSERT_EQ(a.views[view].bits(row, place), b.views[view].bits(row, place)) << row;
                ASSERT_EQ(a.value(a.views[view], row, place), b.value(b.views[view], row, place)) << row;
                ASSERT_TRUE(std::ranges::equal(a.views[view].list(row, place), b.views[view].list(row, place)));
                EXPECT_EQ(a.views[view].status(row, place, frame.at[row]), b.views[view].status(row, place, frame.at[row]));
            }
        }
    }
}

TEST(FeatureReplay, AnswersDependNeitherOnThreadsNorOnMemoryNorOnWhatElseIsKept) {
    RandomWorld world(77);
    ASSERT_EQ(world.error, "");
    world.live(150, 0);
    Rng rng(5);
    auto frame = random_frame(world, rng, 500);
    auto features = world.all_features();
    auto answers_with = [&](FeatureReplay::Options options) {
        options.wants_lists = true;
        auto replay = FeatureReplay::read(world.catalog, features, world.events(), options);
        EXPECT_TRUE(replay) << replay.error().message;
        if (options.memory_bytes_max < 100'000) {
            EXPECT_GT(replay->counts().spilled_bytes, 50'000u);
        }
        auto answers = replay->answer(frame);
        EXPECT_TRUE(answers) << answers.error().message;
        return std::move(*answers);
    };
    auto plain = answers_with({.threads = 1});
    expect_same(plain, answers_with({.threads = 3}), frame);
    expect_same(plain, answers_with({.memory_bytes_max = 10'000, .threads = 2}), frame);
    expect_same(plain, answers_with({.only = &frame, .threads = 2}), frame);
}

// The reference is a replay of other events: those known by then, as if each had been known at once.
TEST(FeatureReplay, AsKnownAtAnotherTimeHoldsWhatHadHappenedAsFarAsItWasKnown) {
    RandomWorld world(78);
    ASSERT_EQ(world.error, "");
    world.live(150, 0);
    Rng rng(6);
    auto frame = random_frame(world, rng, 300);
    auto features = world.all_features();
    EventTime knowledge{world.clock.now().value() - 10 * RandomWorld::day};
    EventSource known_then = [&](const std::function<Status(const Event&)>& take) {
        return world.events()([&](const Event& event) -> Status {
            Event at_once = event;
            at_once.known = event.time;
            return event.known <= knowledge ? take(at_once) : Status{};
        });
    };
    auto replay = FeatureReplay::read(world.catalog, features, world.events(), {.knowledge = knowledge});
    auto reference = FeatureReplay::read(world.catalog, features, known_then, {});
    auto plain = FeatureReplay::read(world.catalog, features, world.events(), {});
    ASSERT_TRUE(replay && reference && plain);
    auto answers = replay->answer(frame), expected = reference->answer(frame), otherwise = plain->answer(frame);
    ASSERT_TRUE(answers && expected && otherwise);
    expect_same(*answers, *expected, frame);
    std::size_t differ = 0;
    for (std::size_t row = 0; row < frame.rows(); ++row) differ += answers->views[0].bits(row, 0) != otherwise->views[0].bits(row, 0);
    EXPECT_GT(differ, 0u);
}

TEST(FeatureReplay, EveryoneIsWhoWasSeenByThen) {
    RandomWorld world(79);
    ASSERT_EQ(world.error, "");
    world.live(100, 0);
    auto replay = FeatureReplay::read(world.catalog, world.all_features(), world.events(), {});
    ASSERT_TRUE(replay) << replay.error().message;
    EventTime at{world.clock.now().value() - 5 * RandomWorld::day};
    std::set<std::pair<std::string, std::string>> expected;
    Record record;
    ASSERT_TRUE(world.events()([&](const Event& event) -> Status {
        if (event.type != "act" || event.effective() > at) return {};
        const EventType& type = *world.catalog->types().find("act");
        TRY_VOID(type.decode(event.data, record));
        expected.emplace(event.tenant.value(), record.fields[*type.slot("user_id")].text());
        return {};
    }));
    auto frame = replay->everyone("user", at);
    ASSERT_TRUE(frame) << frame.error().message;
    ASSERT_EQ(frame->rows(), expected.size());
    std::size_t row = 0;
    for (const auto& [tenant, id] : expected) {
        EXPECT_EQ(frame->tenant(row), tenant);
        EXPECT_EQ(frame->ids["user"].levels[static_cast<std::size_t>(frame->ids["user"].codes[row])], id);
        ++row;
    }
    EXPECT_EQ(replay->everyone("ship", at).error().kind, ErrorKind::not_found);
}

TEST(FeatureReplay, RefusesRowsThatDoNotFitItsFeatures) {
    RandomWorld world(80);
    ASSERT_EQ(world.error, "");
    auto replay = FeatureReplay::read(world.catalog, world.all_features(), world.events(), {});
    ASSERT_TRUE(replay);
    EntityFrame frame{.at = {world.clock.now()}};
    frame.ids["user"] = {{0}, {"u"}};
    EXPECT_EQ(replay->answer(frame).error().message, "view 'area_levels' is about 'area', of which the rows have no id");
    frame.ids["user"].codes.push_back(0);
    EXPECT_EQ(replay->answer(frame).error().message, "the frame has 1 times and 2 ids of 'user'; there must be one per row");
    EXPECT_EQ(FeatureReplay::read(world.catalog, {}, world.events(), {}).error().kind, ErrorKind::invalid);
}

TEST(VectorLog, ADamagedBlockIsFoundAndATornEndIsLeftOut) {
    RandomWorld world(81);
    ASSERT_EQ(world.error, "");
    world.live(20, 30);
    ASSERT_TRUE(world.served->flush());
    std::uint64_t logged = world.served->logged();
    world.served.reset();
    auto file = world.folder / "served" / "000000000001.qvl";
    auto count = [&]() -> Result<std::size_t> {
        std::size_t vectors = 0;
        TRY_VOID(VectorLog::read(world.folder / "served", [&](const ServedVector&) -> Status { return ++vectors, Status{}; }));
        return vectors;
    };
    EXPECT_EQ(count().value(), logged);
    std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(100).put('\x7e');
    EXPECT_EQ(count().error().kind, ErrorKind::corrupt);
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
    EXPECT_LT(count().value(), logged);
}

}  // namespace
}  // namespace quoin
