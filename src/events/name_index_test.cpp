#include "events/name_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <unordered_map>

#include "base/rng.h"
#include "events/log_fixture.h"
#include "events/name_table.h"

namespace quoin {
namespace {

TEST(SipHash, HasTheValuesOfItsReference) {
    EventNamer::Key key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
    std::string input;
    // vectors_sip128 of github.com/veorq/SipHash, the first two.
    EXPECT_EQ(siphash(key, input), (EventName{0xe6a825ba047f81a3, 0x930255c71472f66d}));
    input += '\0';
    EXPECT_EQ(siphash(key, input), (EventName{0x44af996bd8c187da, 0x45fc229b11597634}));
}

TEST(EventNamer, KeepsThePartsApart) {
    EventNamer namer({1, 2});
    auto name = [&](std::string tenant, std::string source, std::string id) {
        Event event = simple_event(std::move(id), std::move(source));
        event.tenant = TenantId{std::move(tenant)};
        return namer.name_of(event);
    };
    EXPECT_EQ(name("t", "ab", "c"), name("t", "ab", "c"));
    EXPECT_NE(name("t", "ab", "c"), name("t", "a", "bc"));
    EXPECT_NE(name("t", "ab", "c"), name("ta", "b", "c"));
    EXPECT_EQ(EventName::of_key(name("t", "a", "b").key()), name("t", "a", "b"));
}

EventName random_name(Rng& rng) { return {rng.next(), rng.next()}; }

TEST(NameTable, FindsWhatWasInsertedAndForgetsFromASequenceOn) {
    Rng rng(1);
    NameTable table(10);
    std::vector<EventName> names;
    for (std::uint64_t i = 1; i <= 5000; ++i) {
        names.push_back({rng.below(64), rng.next()});  // few places, so that they collide
        ASSERT_EQ(table.find(names.back()), 0u);
        table.insert(names.back(), i);
    }
    for (std::size_t i = 0; i < names.size(); ++i) ASSERT_EQ(table.find(names[i]), i + 1);
    auto sorted = table.sorted();
    EXPECT_EQ(sorted.size(), 5000u);
    EXPECT_TRUE(std::ranges::is_sorted(sorted, {}, &NameTable::Entry::name));
    table.forget_from(4001);
    for (std::size_t i = 0; i < names.size(); ++i) ASSERT_EQ(table.find(names[i]), i < 4000 ? i + 1 : 0);
}

TEST(NameFilter, NeverMissesAndSeldomErrs) {
    Rng rng(2);
    NameFilter filter(100'000);
    std::vector<EventName> names;
    for (int i = 0; i < 100'000; ++i) filter.add(names.emplace_back(random_name(rng)));
    for (const auto& name : names) ASSERT_TRUE(filter.may_have(name));
    int wrong = 0;
    for (int i = 0; i < 100'000; ++i) wrong += filter.may_have(random_name(rng));
    EXPECT_LT(wrong, 2000) << "10 bits a name: about 1 % (Putze, Sanders & Singler 2007)";
}

/// Names go from memory into the store and stay known, over commits that fail, and over reopenings that lose what was in memory.
TEST(NameIndex, KnowsEveryNameOnItsWayIntoTheStore) {
    ScratchLog scratch;
    auto store = KeyValue::open({.folder = scratch.folder, .columns = {{"names", KeyValueColumn::Layout::index}}});
    ASSERT_TRUE(store.has_value());
    Rng rng(4);
    std::vector<EventName> names;
    std::uint64_t indexed = 0;
    for (int opened = 0; opened < 4; ++opened) {
        NameIndex index({.store = **store, .indexed_through = indexed, .run_names = 1000});
        for (auto i = indexed; i < names.size(); ++i) index.insert(names[i], i + 1);  // what the log does after a crash
        for (int commit = 0; commit < 400; ++commit) {
            auto first = names.size() + 1;
            for (int i = 0; i < 30; ++i) {
                names.push_back(random_name(rng));
                index.insert(names.back(), names.size());
            }
            if (commit % 50 == 7) {
                index.take_back(first);
                ASSERT_EQ(*index.find(names.back()), 0u);
                names.resize(first - 1);
            }
            index.committed(names.size());
            for (int i = 0; i < 30; ++i) {
                auto at = rng.below(names.size());
                index.prefetch(names[at]);
                ASSERT_EQ(*index.find(names[at]), at + 1);
                ASSERT_EQ(*index.find(random_name(rng)), 0u);
            }
            ASSERT_TRUE(index.health().has_value());
            if (commit % 100 == 99) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        EXPECT_GT(index.indexed_through(), indexed) << "names have reached the store";
        EXPECT_LE(index.indexed_through(), names.size());
        indexed = index.indexed_through();
    }
    for (std::size_t i = 0; i < indexed; ++i) ASSERT_TRUE((*(*store)->get(0, names[i].key())).has_value());
}

}  // namespace
}  // namespace quoin
