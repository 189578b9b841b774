#include "store/key_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

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
    ASSERT_TRUE(open());
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
            ASSERT_TRUE(open());
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
    ASSERT_TRUE(open());
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
    ASSERT_TRUE(open());
    std::vector<std::string> texts;
    for (std::uint64_t i = 0; i < 2000; ++i) texts.push_back(ordered_key(i));
    for (int file = 0; file < 2; ++file) {
        std::vector<std::pair<std::string_view, std::string_view>> records;
        for (std::size_t i = static_cast<std::size_t>(file) * 500; i < 1500; ++i) records.emplace_back(texts[i], file ? "new" : "old");
        ASSERT_TRUE(store->add_sorted(by_hash, records));
    }
    ASSERT_TRUE(open());
    EXPECT_EQ(*store->get(by_hash, texts[499]), "old");
    EXPECT_EQ(*store->get(by_hash, texts[500]), "new");
    EXPECT_EQ(*store->get(by_hash, texts[1600]), std::nullopt);
    std::vector<std::pair<std::string_view, std::string_view>> unsorted = {{"b", ""}, {"a", ""}};
    EXPECT_FALSE(store->add_sorted(by_hash, unsorted).has_value());
}

TEST_F(KeyValueTest, IsOpenOnce) {
    ASSERT_TRUE(open());
    auto second = KeyValue::open(options_for(folder / "store"));
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().kind, ErrorKind::unavailable);
    EXPECT_THAT(second.error().message, HasSubstr("is in use by another process"));
}

/// The log is cut at every byte of its last record: all former records are there, the last one is not, and the size is told.
TEST_F(KeyValueTest, DropsATornTailAndNothingElse) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(put(append, ordered_key(1), std::string(40'000, 'a')));  // over a block of the log
    auto log = newest(".log");
    auto whole = fs::file_size(log);
    ASSERT_TRUE(put(append, ordered_key(2), std::string(150, 'b')));
    auto both = fs::file_size(log);
    ASSERT_GT(both, whole + 150);
    auto copy = folder / "copy";
    fs::copy(folder / "store", copy);
    for (auto size = whole; size <= both; size += size + 3 < both ? 3 : 1) {
        store.reset();
        fs::remove_all(folder / "store");
        fs::copy(copy, folder / "store");
        fs::resize_file(folder / "store" / log.filename(), size);
        auto opened = open();
        ASSERT_TRUE(opened.has_value()) << size << " of " << both << ": " << opened.error().message;
        EXPECT_EQ(keys({.column = append}).size(), size < both ? 1u : 2u) << size << " of " << both;
        EXPECT_EQ(store->bytes_cut(), size < both ? size - whole : 0u) << size << " of " << both;
    }
}

TEST_F(KeyValueTest, NamesTheFileWhoseBytesAreNotWhatWasWritten) {
    ASSERT_TRUE(open());
    for (std::uint64_t i = 0; i < 50; ++i) ASSERT_TRUE(put(append, ordered_key(i), std::string(1000, 'a')));
    auto log = newest(".log");
    store.reset();
    auto copy = folder / "copy";
    fs::copy(folder / "store", copy);
    for (std::uint64_t at : {std::uint64_t{40}, fs::file_size(log) / 2, fs::file_size(log) - 10}) {
        flip(log, at);
        auto opened = open();
        ASSERT_FALSE(opened.has_value()) << "flipped at " << at;
        EXPECT_EQ(opened.error().kind, ErrorKind::corrupt) << opened.error().message;
        EXPECT_THAT(opened.error().message, HasSubstr(log.filename().string()));
        fs::remove_all(folder / "store");
        fs::copy(copy, folder / "store");
    }
    ASSERT_TRUE(open());  // what was in the log is a file of its own now
    ASSERT_TRUE(open());
    ASSERT_TRUE(store->verify());
    auto table = newest(".sst");
    store.reset();
    flip(table, 10);
    ASSERT_TRUE(open());
    auto read = store->get(append, ordered_key(0));
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().kind, ErrorKind::corrupt);
    EXPECT_THAT(read.error().message, HasSubstr(table.filename().string()));
    EXPECT_EQ(store->verify().error().kind, ErrorKind::corrupt);
}

TEST_F(KeyValueTest, MakesACheckpoint) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(put(small, "a", "1"));
    ASSERT_TRUE(store->checkpoint(folder / "copy"));
    ASSERT_TRUE(put(small, "a", "2"));
    auto copy = KeyValue::open(options_for(folder / "copy"));
    ASSERT_TRUE(copy.has_value()) << copy.error().message;
    EXPECT_EQ(*(*copy)->get(small, "a"), "1");
}

}  // namespace
}  // namespace quoin
