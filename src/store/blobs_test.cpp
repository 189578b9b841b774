#include "store/blobs.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/digest.h"
#include "base/rng.h"

namespace quoin {
namespace {

class Blobs : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "quoin-blobs-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    std::filesystem::path folder;
};

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::size_t temporaries(const std::filesystem::path& folder) {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        count += entry.path().filename().string().starts_with(".quoin-");
    return count;
}

TEST_F(Blobs, NameIsTheDigestOfTheBytes) {
    auto store = *BlobStore::open(folder / "blobs");
    auto digest = *store.put(bytes_of("abc"));
    EXPECT_EQ(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") << "FIPS 180-4's example";
    EXPECT_EQ(store.path(digest), folder / "blobs/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(store.get(digest)->text(), "abc");
    EXPECT_TRUE(store.contains(digest));
    auto written = std::filesystem::last_write_time(store.path(digest));
    EXPECT_EQ(*store.put(bytes_of("abc")), digest);
    EXPECT_EQ(std::filesystem::last_write_time(store.path(digest)), written) << "storing twice writes nothing";
    EXPECT_EQ(store.get(*store.put({}))->bytes().size(), 0u) << "nothing is content, too";
    EXPECT_EQ(temporaries(folder), 0u);
}

TEST_F(Blobs, OnlyDigestsAreLookedUp) {
    auto store = *BlobStore::open(folder);
    for (std::string_view name : {"", "a", "../../etc/passwd", "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"}) {
        EXPECT_FALSE(store.contains(name));
        EXPECT_EQ(store.get(name).error().kind, ErrorKind::invalid) << name;
        EXPECT_TRUE(store.path(name).empty());
    }
    EXPECT_EQ(store.get(std::string(64, '0')).error().kind, ErrorKind::not_found);
    EXPECT_EQ(MappedFile::open(folder / "nowhere").error().kind, ErrorKind::not_found);
    EXPECT_EQ(MappedFile::open(folder).error().kind, ErrorKind::invalid);
    EXPECT_EQ(MappedFile{}.bytes().size(), 0u);
}

TEST_F(Blobs, EveryFlippedBitIsFoundAndStoringAgainRepairs) {
    auto store = *BlobStore::open(folder);
    std::string content = "three rooms, 120 m²";
    auto digest = *store.put(bytes_of(content));
    for (std::size_t bit = 0; bit < content.size() * 8; ++bit) {
        auto damaged = content;
        damaged[bit / 8] ^= static_cast<char>(1u << (bit % 8));
        std::ofstream(store.path(digest), std::ios::binary) << damaged;
        ASSERT_EQ(store.get(digest).error().kind, ErrorKind::corrupt) << "bit " << bit;
    }
    std::filesystem::resize_file(store.path(digest), content.size() - 1);
    EXPECT_EQ(store.get(digest).error().kind, ErrorKind::corrupt);
    EXPECT_EQ(*store.put(bytes_of(content)), digest);
    EXPECT_EQ(store.get(digest)->text(), content);
}

TEST_F(Blobs, OldLeftoversAreRemovedYoungOnesMayBeInUse) {
    ASSERT_TRUE(BlobStore::open(folder));
    std::ofstream(folder / ".quoin-old") << "half";
    std::ofstream(folder / ".quoin-young") << "half";
    auto now = std::filesystem::file_time_type::clock::now();
    std::filesystem::last_write_time(folder / ".quoin-old", now - std::chrono::minutes(61));
    std::filesystem::last_write_time(folder / ".quoin-young", now - std::chrono::minutes(50));
    ASSERT_TRUE(BlobStore::open(folder));
    EXPECT_FALSE(std::filesystem::exists(folder / ".quoin-old"));
    EXPECT_TRUE(std::filesystem::exists(folder / ".quoin-young"));
}

TEST_F(Blobs, ManyProcessesMayStoreTheSame) {
    std::vector<pid_t> children;
    for (int child = 0; child < 6; ++child) {
        auto process = fork();
        if (process == 0) {
            auto store = BlobStore::open(folder / "blobs");
            bool fine = store.has_value();
            for (int i = 0; fine && i < 40; ++i) {
                auto digest = store->put(bytes_of(std::string(10'000, static_cast<char>('a' + i % 8))));
                fine = digest && store->get(*digest).has_value();
            }
            _exit(fine ? 0 : 1);
        }
        children.push_back(process);
    }
    for (auto child : children) {
        int status = 0;
        waitpid(child, &status, 0);
        EXPECT_EQ(status, 0);
    }
    EXPECT_EQ(temporaries(folder), 0u);
}

// A child writes without pause and is killed fifty times, at a random instant after its first round: within about the time of one round,
// however slow the disk is.
TEST_F(Blobs, AKillLeavesTheOldOrTheNewState) {
    Rng rng(21);
    auto file = folder / "state";
    std::string one(300'000, '1'), two(500'000, '2');
    ASSERT_TRUE(write_file_atomically(file, bytes_of(one)));
    std::size_t seen_one = 0, seen_two = 0;
    for (int i = 0; i < 50; ++i) {
        int channel[2];
        ASSERT_EQ(pipe(channel), 0);
        auto start = std::chrono::steady_clock::now();
        auto child = fork();
        if (child == 0) {
            auto store = *BlobStore::open(folder / "blobs");
            for (std::size_t step = 0;; ++step) {
                bool fine = write_file_atomically(file, bytes_of(step % 2 == 0 ? two : one)) &&
                            store.put(bytes_of(fmt::format("{} {} {}", i, step, std::string(100'000, 'b'))));
                if (write(channel[1], &fine, sizeof fine) != sizeof fine || !fine) _exit(1);
            }
        }
        close(channel[1]);
        bool fine = false;
        ASSERT_EQ(read(channel[0], &fine, sizeof fine), static_cast<ssize_t>(sizeof fine));
        ASSERT_TRUE(fine);
        std::this_thread::sleep_for((std::chrono::steady_clock::now() - start) * rng.uniform());
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        close(channel[0]);
        auto state = MappedFile::open(file);
        ASSERT_TRUE(state);
        ASSERT_TRUE(state->text() == one || state->text() == two) << "a mixture of " << state->bytes().size() << " bytes";
        ++(state->text() == one ? seen_one : seen_two);
    }
    EXPECT_GT(seen_one, 0u);
    EXPECT_GT(seen_two, 0u);
    auto store = *BlobStore::open(folder / "blobs");
    std::size_t blobs = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "blobs")) {
        if (!entry.is_regular_file() || entry.path().filename().string().starts_with(".quoin-")) continue;
        ++blobs;
        auto digest = entry.path().parent_path().filename().string() + entry.path().filename().string();
        ASSERT_TRUE(store.get(digest)) << "every blob that has its name is whole";
    }
    EXPECT_GE(blobs, 50u) << "at least the first of every child";
}

}  // namespace
}  // namespace quoin
