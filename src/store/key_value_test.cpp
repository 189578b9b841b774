#include "store/key_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <thread>

#include "base/rng.h"
#include "store/crc32c.h"
#include "store/key_value_fixture.h"

namespace quoin {
namespace {

using testing::HasSubstr;
using Durability = KeyValue::Durability;

class KeyValueTest : public testing::Test, protected ScratchStore {
protected:
    fs::path newest(const char* extension) {
        fs::path found;
        for (const auto& entry : fs::directory_iterator(folder / "store"))
            if (entry.path().extension() == extension && fs::file_size(entry.path()) > 0) found = std::max(found, entry.path());
        return found;
    }
    static void flip(const fs::path& file, std::uint64_t at) {
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekg(static_cast<std::streamoff>(at));
        char byte = static_cast<char>(stream.get());
        stream.seekp(static_cast<std::streamoff>(at));
        stream.put(static_cast<char>(byte ^ 0x10));
    }
};

TEST(OrderedKeys, SortAsNumbersDo) {
    EXPECT_EQ(ordered_key(1), std::string("\0\0\0\0\0\0\0\1", 8));
    EXPECT_LT(ordered_key(255), ordered_key(256));
    EXPECT_EQ(number_of_key(ordered_key(0xfedcba9876543210)), 0xfedcba9876543210);
    EXPECT_EQ(key_after_prefix("ab\xff"), "ac");
    EXPECT_EQ(key_after_prefix("\xff"), "");
}

TEST(Crc32c, HasTheValuesOfItsStandard) {
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau) << "RFC 3720 section B.4";
    EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u) << "RFC 3720 section B.4";
    EXPECT_EQ(crc32c("123456789"), 0xe3069283u) << "the check value of CRC-32C";
}

TEST_F(KeyValueTest, KeepsWhatAMapKeepsAcrossReopening) {
    Rng rng(11);
    std::map<std::string, std::string> truth;
    ASSERT_EQ(opened(), "");
    for (int round = 0; round < 200; ++round) {
        KeyValue::Batch batch(*store);
        for (int i = 0; i < 20; ++i) {
            auto key = ordered_key(rng.below(300));
            if (rng.below(4) == 0) {
                batch.erase(small, key);
                truth.erase(key);
            } else {
                auto value = std::string(rng.below(200), static_cast<char>('a' + rng.below(26)));
                batch.put(small, key, value);
                truth[key] = value;
            }
        }
        ASSERT_TRUE(store->write(batch, round % 3 ? Durability::synced : Durability::buffered));
        if (round % 50 == 49) {
            ASSERT_EQ(opened(), "");
        }
    }
    std::map<std::string, std::string> found;
    ASSERT_TRUE(store->scan({.column = small}, [&](std::string_view key, std::string_view value) -> Result<bool> {
        found.emplace(key, value);
        return true;
    }));
    EXPECT_EQ(found, truth);
    EXPECT_EQ(*store->get(small, ordered_key(301)), std::nullopt);
    auto first = ordered_key(100), end = ordered_key(200);
    std::vector<std::string> between;
    for (auto at = truth.lower_bound(first); at != truth.lower_bound(end); ++at) between.push_back(at->first);
    EXPECT_EQ(keys({.column = small, .first = first, .end = end}), between);
    std::ranges::reverse(between);
    EXPECT_EQ(keys({.column = small, .first = first, .end = end, .downward = true}), between);
}

TEST_F(KeyValueTest, ScansSeeTheMomentOfTheCall) {
    ASSERT_EQ(opened(), "");
    ASSERT_TRUE(put(small, "a", "1"));
    ASSERT_TRUE(put(small, "c", "1"));
    std::vector<std::string> seen;
    ASSERT_TRUE(store->scan({.column = small}, [&](std::string_view key, std::string_view) -> Result<bool> {
        if (seen.empty()) {
            EXPECT_TRUE(put(small, "b", "2"));
        }
        seen.emplace_back(key);
        return true;
    }));
    EXPECT_THAT(seen, testing::ElementsAre("a", "c"));
    EXPECT_THAT(keys({.column = small}), testing::ElementsAre("a", "b", "c"));
}

TEST_F(KeyValueTest, TakesInSortedRecords) {
    ASSERT_EQ(opened(), "");
    std::vector<std::string> texts;
    for (std::uint64_t i = 0; i < 2000; ++i) texts.push_back(ordered_key(i));
    for (int file = 0; file < 2; ++file) {
        std::vector<std::pair<std::string_view, std::string_view>> records;
        for (std::size_t i = static_cast<std::size_t>(file) * 500; i < 1500; ++i) records.emplace_back(texts[i], file ? "new" : "old");
        ASSERT_TRUE(store->add_sorted(by_hash, records));
    }
    ASSERT_EQ(opened(), "");
    EXPECT_EQ(*store->get(by_hash, texts[499]), "old");
    EXPECT_EQ(*store->get(by_hash, texts[500]), "new");
    EXPECT_EQ(*store->get(by_hash, texts[1600]), std::nullopt);
    std::vector<std::pair<std::string_view, std::string_view>> unsorted = {{"b", ""}, {"a", ""}};
    EXPECT_FALSE(store->add_sorted(by_hash, unsorted).has_value());
}

TEST_F(KeyValueTest, IsOpenOnce) {
    ASSERT_EQ(opened(), "");
    auto second = KeyValue::open(options_for(folder / "store"));
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().kind, ErrorKind::unavailable);
    EXPECT_THAT(second.error().message, HasSubstr("is in use by another process"));
}

/// RocksDB's own log is not synced: whatever of its end a crash has lost, the journal has.
TEST_F(KeyValueTest, GetsFromTheJournalWhatRocksDbLost) {
    ASSERT_EQ(opened(), "");
    for (std::uint64_t i = 0; i < 30; ++i) ASSERT_TRUE(put(append, ordered_key(i), std::string(3000, 'a')));
    crash();
    auto copy = folder / "copy";
    fs::copy(folder / "store", copy, fs::copy_options::recursive);
    auto log = newest(".log");
    auto size = fs::file_size(log);
    Rng rng(2);
    for (int round = 0; round < 25; ++round) {
        fs::remove_all(folder / "store");
        fs::copy(copy, folder / "store", fs::copy_options::recursive);
        round % 2 ? fs::resize_file(log, rng.below(size)) : flip(log, rng.below(size));
        auto result = open();
        ASSERT_TRUE(result.has_value()) << result.error().message;
        ASSERT_EQ(keys({.column = append}).size(), 30u) << round;
        ASSERT_TRUE(put(append, ordered_key(30), "goes on"));
        ASSERT_EQ(opened(), "");
        ASSERT_EQ(keys({.column = append}).size(), 31u);
    }
}

TEST_F(KeyValueTest, NamesTheFileWhoseBytesAreNotWhatWasWritten) {
    ASSERT_EQ(opened(), "");
    for (std::uint64_t i = 0; i < 50; ++i) ASSERT_TRUE(put(append, ordered_key(i), std::string(1000, 'a')));
    crash();
    auto copy = folder / "copy";
    fs::copy(folder / "store", copy, fs::copy_options::recursive);
    auto segment = folder / "store" / "journal" / "00000000000000000001.journal";
    flip(segment, 20'000);
    auto result = open();
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, ErrorKind::corrupt) << result.error().message;
    EXPECT_THAT(result.error().message, HasSubstr(segment.filename().string()));
    fs::remove_all(folder / "store");
    fs::copy(copy, folder / "store", fs::copy_options::recursive);
    ASSERT_EQ(opened(), "");  // what was in RocksDB's log is a file of its own now
    ASSERT_EQ(opened(), "");
    ASSERT_TRUE(store->verify());
    fs::path table;
    for (const auto& entry : fs::directory_iterator(folder / "store"))
        if (entry.path().extension() == ".sst" && (table.empty() || entry.file_size() > fs::file_size(table))) table = entry.path();
    store.reset();
    flip(table, 10);
    ASSERT_EQ(opened(), "");
    auto read = store->get(append, ordered_key(0));
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().kind, ErrorKind::corrupt);
    EXPECT_THAT(read.error().message, HasSubstr(table.filename().string()));
    EXPECT_EQ(store->verify().error().kind, ErrorKind::corrupt);
}

/// Many threads write and read what they wrote at once.
TEST_F(KeyValueTest, ReadsSeeWhatWasWritten) {
    ASSERT_EQ(opened(), "");
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 100; ++i) {
                auto key = fmt::format("{}-{}", thread, i);
                EXPECT_TRUE(put(small, key, key));
                EXPECT_EQ(*store->get(small, key), key);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(keys({.column = small}).size(), 400u);
}

TEST_F(KeyValueTest, MakesACheckpoint) {
    ASSERT_EQ(opened(), "");
    ASSERT_TRUE(put(small, "a", "1"));
    ASSERT_TRUE(store->checkpoint(folder / "copy"));
    ASSERT_TRUE(put(small, "a", "2"));
    auto copy = KeyValue::open(options_for(folder / "copy"));
    ASSERT_TRUE(copy.has_value()) << copy.error().message;
    EXPECT_EQ(*(*copy)->get(small, "a"), "1");
}

}  // namespace
}  // namespace quoin
