#include "store/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/rng.h"
#include "store/journal_segment.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

class JournalTest : public testing::Test {
protected:
    JournalTest() {
        std::string pattern = (fs::temp_directory_path() / "quoin-journal-XXXXXX").string();
        scratch = mkdtemp(pattern.data());
        folder = scratch / "journal";
    }
    ~JournalTest() override {
        journal.reset();
        fs::remove_all(scratch);
    }
    /// Empty, or why it cannot be opened; `replayed` has what came after `kept`.
    std::string open(std::uint64_t kept = 0) {
        journal.reset();
        replayed.clear();
        auto opened = Journal::open({.folder = folder, .segment_bytes_max = 1u << 20}, kept,
                                    [&](std::uint64_t frame, std::string_view payload) -> Status {
                                        if (!payload.empty()) replayed.emplace_back(frame, payload);  // the mark of a closing has none
                                        return {};
                                    });
        if (!opened) return fmt::format("{}: {}", name_of(opened.error().kind), opened.error().message);
        journal = std::move(*opened);
        return {};
    }
    std::uint64_t append(std::string_view payload, bool synced = true) { return journal->append(payload, synced).value_or(0); }
    /// The folder as a crash leaves it: copied while the journal is open.
    void crash() {
        auto copy = scratch / "copy";
        fs::remove_all(copy);
        fs::copy(folder, copy);
        journal.reset();
        fs::remove_all(folder);
        fs::rename(copy, folder);
    }
    std::vector<fs::path> segments() const {
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator(folder))
            if (entry.path().extension() == ".journal") found.push_back(entry.path());
        std::ranges::sort(found);
        return found;
    }
    static std::string bytes_of(const fs::path& file) {
        std::ifstream stream(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    static void write(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }

    fs::path scratch, folder;
    std::unique_ptr<Journal> journal;
    std::vector<std::pair<std::uint64_t, std::string>> replayed;
};

/// The worked example of docs/formats/journal.md.
TEST(JournalFormat, IsWrittenAsItSays) {
    JournalFrame frame{.number = 3, .synced = 2, .payload = "abc"};
    const std::string expected("\3\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\x20\x22\x78\xab\0\0\0\0", 32);
    EXPECT_EQ(frame.header(2), expected);
    EXPECT_EQ(JournalFrame::bytes_of(3), 40u);
    EXPECT_EQ((JournalSegment{.number = 7}).name(), "00000000000000000007.journal");
}

TEST_F(JournalTest, GivesBackWhatWasNotKept) {
    ASSERT_EQ(open(), "");
    EXPECT_EQ(append("one"), 1u);
    EXPECT_EQ(append("two", false), 2u);
    EXPECT_EQ(append(std::string(100'000, 'x')), 3u);
    crash();
    ASSERT_EQ(open(1), "");
    EXPECT_THAT(replayed, ElementsAre(std::pair(2, "two"), std::pair(3, std::string(100'000, 'x'))));
    EXPECT_EQ(journal->bytes_cut(), 0u);
    EXPECT_EQ(append("four"), 4u);
    ASSERT_EQ(open(3), "");
    EXPECT_THAT(replayed, ElementsAre(std::pair(4, "four")));
    EXPECT_EQ(append("six"), 6u) << "the mark of a closing is a frame";
    ASSERT_EQ(open(6), "");
    EXPECT_TRUE(replayed.empty());
}

/// Frames of any size over many files, whose files are used again once they are released, against a list in memory.
TEST_F(JournalTest, KeepsWhatIsNotReleased) {
    Rng rng(6);
    std::vector<std::string> truth = {""};
    std::uint64_t kept = 0;
    ASSERT_EQ(open(), "");
    for (int round = 0; round < 2000; ++round) {
        auto size = rng.below(20) == 0 ? rng.below(300'000) : 1 + rng.below(5000);
        std::string payload(size, static_cast<char>('a' + rng.below(26)));
        auto frame = append(payload, rng.below(4) != 0);
        truth.resize(frame + 1);
        truth[frame] = payload;
        if (rng.below(10) == 0) {
            kept += rng.below(frame - kept + 1);
            journal->release(kept);
        }
        if (rng.below(100) == 0) {
            if (rng.below(2)) crash();
            ASSERT_EQ(open(kept), "") << "round " << round;
            std::vector<std::pair<std::uint64_t, std::string>> expected;
            for (auto i = kept + 1; i < truth.size(); ++i)
                if (!truth[i].empty()) expected.emplace_back(i, truth[i]);
            ASSERT_EQ(replayed.size(), expected.size());
            ASSERT_TRUE(replayed == expected);
        }
    }
    journal->release(truth.size());
    EXPECT_LE(segments().size(), 3u) << "released files are used again";
}

TEST_F(JournalTest, TakesAFrameLargerThanAFile) {
    ASSERT_EQ(open(), "");
    append("small");
    EXPECT_EQ(append(std::string(3u << 20, 'L')), 2u);
    EXPECT_EQ(append("behind"), 3u);
    crash();
    ASSERT_EQ(open(), "");
    ASSERT_EQ(replayed.size(), 3u);
    EXPECT_EQ(replayed[1].second.size(), 3u << 20);
}

/// The last frame is cut at every byte: the disk had taken only its beginning. All before it is there, and the journal goes on.
TEST_F(JournalTest, DropsAnEndThatWasNotWritten) {
    ASSERT_EQ(open(), "");
    for (const char* payload : {"one", "two", "the third"}) append(payload);
    crash();
    auto file = segments().back();
    auto whole = bytes_of(file);
    auto end = whole.find("the third") + 9, start = end - 9 - 32;
    for (auto size = start; size < end; ++size) {
        fs::remove_all(folder);
        fs::create_directory(folder);
        write(file, whole.substr(0, size) + std::string(whole.size() - size, '\0'));
        ASSERT_EQ(open(), "") << size;
        ASSERT_EQ(replayed.size(), 2u) << size;
        EXPECT_EQ(journal->bytes_cut(), size >= start + 17 ? 41u : size > start ? 32u : 0u) << "as its header says";
        EXPECT_EQ(append("three"), 3u);
        crash();
        ASSERT_EQ(open(), "") << size;
        ASSERT_EQ(replayed.size(), 3u);
        EXPECT_EQ(replayed.back().second, "three");
    }
}

/// Bits of the header and of the frames are flipped. After a closing each is found; after a crash all but those of the last frame are,
/// which cannot be told from a write that was cut short: it is dropped, and nothing else is ever changed.
TEST_F(JournalTest, FindsAFlippedBit) {
    ASSERT_EQ(open(), "");
    append("first payload");
    append("second");
    append("third and last");
    crash();
    auto crashed = bytes_of(segments().back());
    auto file = segments().back();
    ASSERT_EQ(open(), "");
    journal.reset();
    auto used = crashed.find("third and last") + 16;
    auto last = crashed.find("third and last") - 32;
    for (std::size_t bit = 0; bit < used * 8; bit += 1 + bit % 3) {
        auto flipped = crashed;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
        fs::remove_all(folder);
        fs::create_directory(folder);
        write(file, flipped);
        auto said = open();
        bool in_padding = said.empty() && replayed.size() == 3;
        if (bit / 8 < last) {
            EXPECT_TRUE(in_padding || (said.starts_with("corrupt: ") && said.find(file.filename().string()) != std::string::npos))
                << bit << said;
        } else {
            EXPECT_EQ(said, "") << bit;
            EXPECT_GE(replayed.size(), 2u);
        }
        for (const auto& [frame, payload] : replayed)
            EXPECT_EQ(payload, frame == 1 ? "first payload" : frame == 2 ? "second" : "third and last");
    }
}

TEST_F(JournalTest, AfterAClosingTheLastFrameIsProvenToo) {
    ASSERT_EQ(open(), "");
    append("only");
    ASSERT_EQ(open(), "");
    auto file = segments().front();
    journal.reset();
    auto bytes = bytes_of(file);
    bytes[bytes.find("only")] ^= 4;
    write(file, bytes);
    EXPECT_THAT(open(), HasSubstr("is damaged at byte 64: frame 1 is not what was written"));
    EXPECT_EQ(open(1).substr(0, 8), "corrupt:") << "also when nobody needs it any more";
}

TEST_F(JournalTest, FindsAMissingFile) {
    ASSERT_EQ(open(), "");
    for (int i = 0; i < 40; ++i) append(std::string(50'000, 'x'));
    journal.reset();
    auto files = segments();
    ASSERT_GE(files.size(), 3u);
    auto first = bytes_of(files[0]), second = bytes_of(files[1]);
    fs::remove(files[1]);
    EXPECT_THAT(open(), HasSubstr("corrupt: "));
    write(files[1], second);
    fs::remove(files[0]);
    EXPECT_THAT(open(), HasSubstr("begins with frame"));
    write(files[0], first);
    second[3] ^= 1;
    write(files[1], second);
    EXPECT_THAT(open(), HasSubstr(files[1].filename().string()));
}

TEST_F(JournalTest, GoesOnInAnotherFileWhenTheDiskWasFull) {
    fs::create_directory(folder);
    if (mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=1m") != 0) GTEST_SKIP() << "mounting a small disk needs root";
    ASSERT_EQ(open(), "");
    std::vector<std::pair<std::uint64_t, std::string>> expected;
    auto add = [&](char letter) {
        std::string payload(20'000, letter);
        auto frame = append(payload);
        if (frame != 0) expected.emplace_back(frame, payload);
        return frame != 0;
    };
    while (add('a')) EXPECT_LT(expected.size(), 100u);
    EXPECT_GT(expected.size(), 5u);
    EXPECT_FALSE(add('b'));
    journal->release(expected.back().first);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(add('c')) << "files that are free again are enough";
    EXPECT_EQ(expected.back().first, expected.size()) << "what was refused has no number";
    auto kept = expected[expected.size() - 6].first;
    ASSERT_EQ(open(kept), "");
    EXPECT_TRUE(std::equal(replayed.begin(), replayed.end(), expected.end() - 5, expected.end()));
    journal.reset();
    umount2(folder.c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace quoin
