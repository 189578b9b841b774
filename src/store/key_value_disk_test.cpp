#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <fstream>
#include <thread>

#include "store/key_value_fixture.h"

namespace quoin {
namespace {

using testing::HasSubstr;

/// A disk of 24 MB that another file fills, and that becomes free again.
class FullDisk : public testing::Test, protected ScratchStore {
protected:
    void SetUp() override {
        fs::create_directory(folder / "store");
        mounted = mount("tmpfs", (folder / "store").c_str(), "tmpfs", 0, "size=24m") == 0;
        if (!mounted) GTEST_SKIP() << "mounting a small disk needs root";
    }
    void TearDown() override {
        store.reset();
        if (mounted) umount2((folder / "store").c_str(), MNT_DETACH);
    }
    /// Fills the disk until `bytes` are left.
    void fill(std::size_t bytes) {
        auto left = fs::space(folder / "store").available;
        std::ofstream(folder / "store" / "filler", std::ios::app) << std::string(left - bytes, 'x');
    }
    Status write_large() {
        KeyValue::Batch large(*store);
        large.put(append, ordered_key(2), std::string(6u << 20, 'y'));
        large.put(small, "position", "2");
        return store->write(large, KeyValue::Durability::synced);
    }
    void expect_only_what_was_acknowledged() {
        for (int reopened = 0; reopened < 2; ++reopened) {
            EXPECT_THAT(keys({.column = append}), testing::ElementsAre(ordered_key(1), ordered_key(3)));
            EXPECT_EQ(*store->get(small, "position"), "1") << "a batch that was refused is not there, not in part either";
            ASSERT_EQ(opened(), "");
        }
    }
    bool mounted = false;
};

TEST_F(FullDisk, IsNotFilledToTheLastByte) {
    ASSERT_EQ(opened(8u << 20), "");
    ASSERT_TRUE(put(small, "position", "1"));
    ASSERT_TRUE(put(append, ordered_key(1), "kept"));
    fill(10u << 20);
    auto refused = write_large();
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
    EXPECT_THAT(refused.error().message, HasSubstr("8 MB must stay free"));
    EXPECT_TRUE(store->health().has_value()) << "a small batch still fits";
    fill(7u << 20);
    EXPECT_FALSE(store->health().has_value());
    EXPECT_FALSE(put(append, ordered_key(2), "small").has_value());
    EXPECT_EQ(*store->get(append, ordered_key(1)), "kept") << "reads go on";
    fs::remove(folder / "store" / "filler");
    ASSERT_TRUE(put(append, ordered_key(3), "after"));
    expect_only_what_was_acknowledged();
}

/// Filled to the last byte: what is acknowledged is in the journal, whose blocks were there before, even when RocksDB cannot take it in.
TEST_F(FullDisk, IsSurvivedWhenItHappens) {
    ASSERT_EQ(opened(), "");
    std::vector<std::string> acknowledged;
    auto try_put = [&](int number) {
        auto key = ordered_key(static_cast<std::uint64_t>(number));
        auto written = put(append, key, std::string(30'000, 'x'));
        if (written) acknowledged.push_back(key);
        return written;
    };
    int number = 0;
    for (; number < 3; ++number) ASSERT_TRUE(try_put(number));
    fill(0);
    Status full;
    for (; number < 1000 && full; ++number) full = try_put(number);
    ASSERT_FALSE(full.has_value());
    EXPECT_EQ(full.error().kind, ErrorKind::unavailable) << full.error().message;
    EXPECT_FALSE(write_large().has_value());
    fs::remove(folder / "store" / "filler");
    Status again;
    for (int tries = 0; tries < 20 && (again = try_put(1000), !again); ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    if (!again) {
        EXPECT_THAT(again.error().message, HasSubstr("restart the program"));
        ASSERT_EQ(opened(), "");
        ASSERT_TRUE(try_put(1001));
    }
    EXPECT_TRUE(store->health().has_value());
    for (int reopened = 0; reopened < 3; ++reopened) {
        EXPECT_EQ(keys({.column = append}), acknowledged) << "a batch that was refused is not there";
        ASSERT_EQ(opened(), "");
    }
}

}  // namespace
}  // namespace quoin
