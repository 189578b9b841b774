#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <fstream>

#include "base/log.h"
#include "base/rng.h"
#include "events/log_fixture.h"

namespace quoin {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class EventLogDamage : public testing::Test, protected ScratchLog {
protected:
    void SetUp() override { set_log(LogFormat::text, LogLevel::error); }
    void TearDown() override { set_log(LogFormat::text, LogLevel::warning); }
    void restore(const fs::path& copy) {
        log.reset();
        fs::remove_all(folder / "events");
        fs::copy(copy, folder / "events", fs::copy_options::recursive);
    }
    /// The folder as a loss of power leaves it: what was synced is there, what RocksDB had only handed to the system is not.
    fs::path lost_power() {
        auto copy = folder / "lost";
        fs::copy(folder / "events", copy, fs::copy_options::recursive);
        log.reset();
        for (const auto& entry : fs::directory_iterator(copy))
            if (entry.path().extension() == ".log") fs::resize_file(entry.path(), 0);
        return copy;
    }
    static std::string bytes_of(const fs::path& file) {
        std::ifstream stream(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    static void flip(const fs::path& file, std::uint64_t at) {
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekg(static_cast<std::streamoff>(at));
        char byte = static_cast<char>(stream.get());
        stream.seekp(static_cast<std::streamoff>(at));
        stream.put(static_cast<char>(byte ^ 1));
    }
};

const fs::path segment = fs::path("journal") / "00000000000000000001.journal";

/// The journal is cut at every byte of its last commit: the events before are there, and each is still known by its name.
TEST_F(EventLogDamage, ATornTailIsCutOff) {
    ASSERT_EQ(open(), "");
    for (int i = 1; i <= 3; ++i) append(simple_event(fmt::to_string(i)));
    ASSERT_TRUE(log->append_and_wait({.events = {simple_event("4"), simple_event("5")}, .positions = {{"consumer", "5"}}}));
    auto lost = lost_power();
    auto whole = bytes_of(lost / segment);
    auto end = whole.find_last_not_of('\0') + 1;
    int torn = 0;
    for (auto size = end; --size > 0;) {
        restore(lost);
        std::ofstream(folder / "events" / segment, std::ios::binary) << whole.substr(0, size) << std::string(whole.size() - size, '\0');
        ASSERT_EQ(open(), "") << size;
        if (events().size() != 3u) break;  // into the commit before
        ++torn;
        EXPECT_EQ(*log->position("consumer"), "");
        EXPECT_EQ(append(simple_event("3")).sequence, 3u);
        EXPECT_EQ(append(simple_event("4")).sequence, 4u);
        EXPECT_GT(events().back().known, events().front().known);
    }
    EXPECT_GT(torn, 200);
}

/// Any one flipped bit in any file is found, at the opening or when the event is read; or it is made good, where the journal has the same
/// once more. No event is ever another than was stored, and none is missing in silence.
TEST_F(EventLogDamage, AFlippedBitIsFound) {
    ASSERT_EQ(open(), "");
    for (int i = 0; i < 40; ++i) append(simple_event(fmt::to_string(i)));
    auto in_journal = folder / "in_journal", in_table = folder / "in_table";
    fs::copy(folder / "events", in_journal, fs::copy_options::recursive);
    ASSERT_EQ(open(), "");
    ASSERT_EQ(open(), "");
    log.reset();
    fs::copy(folder / "events", in_table, fs::copy_options::recursive);

    Rng rng(9);
    auto used = bytes_of(in_journal / segment).find_last_not_of('\0');
    for (int round = 0; round < 20; ++round) {
        restore(in_journal);
        flip(folder / "events" / segment, rng.below(used * 9 / 10));  // the last commit: see the test of the journal
        auto said = open();
        bool is_unused = said.empty() && events().size() == 40;
        EXPECT_TRUE(is_unused || said.starts_with("corrupt: ")) << round << said;
        EXPECT_TRUE(is_unused || said.find(segment.filename().string()) != std::string::npos) << said;
    }
    for (int round = 0; round < 10; ++round) {
        restore(in_journal);
        for (const auto& entry : fs::directory_iterator(folder / "events"))
            if (entry.path().extension() == ".log" && entry.file_size() > 0) flip(entry.path(), rng.below(entry.file_size()));
        EXPECT_EQ(open(), "");
        EXPECT_EQ(events().size(), 40u) << "the journal has what RocksDB lost";
    }
    int found = 0;
    for (const auto& entry : fs::directory_iterator(in_table)) {
        if (entry.path().extension() != ".sst") continue;
        for (int round = 0; round < 10; ++round) {
            restore(in_table);
            flip(folder / "events" / entry.path().filename(), rng.below(fs::file_size(entry.path())));
            if (auto said = open(); !said.empty()) {
                EXPECT_THAT(said, StartsWith("corrupt: "));
                ++found;
                continue;
            }
            auto read = events();
            if (read.back().id.starts_with("error: ")) {
                EXPECT_THAT(read.back().id, HasSubstr(".sst"));
                ++found;
                read.pop_back();
            }
            for (std::size_t i = 0; i < read.size(); ++i) EXPECT_EQ(read[i].id, fmt::to_string(i));
        }
    }
    EXPECT_GT(found, 5);
}

TEST_F(EventLogDamage, AFullDiskStopsWritingAndNothingElse) {
    auto disk = folder / "events";
    fs::create_directory(disk);
    if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=24m") != 0) GTEST_SKIP() << "mounting a small disk needs root";
    auto opened = EventLog::open({.folder = disk, .clock = clock, .free_bytes_min = 4u << 20});
    ASSERT_TRUE(opened.has_value());
    log = std::move(*opened);
    { std::ofstream(disk / "filler") << std::string(fs::space(disk).available - (8u << 20), 'x'); }
    int stored = 0;
    std::string said;
    auto try_append = [&](int number) {
        auto event = simple_event(fmt::to_string(number));
        event.data = R"({"x": ")" + std::string(100'000, 'x') + "\"}";
        auto accepted = log->append_and_wait({.events = {event}, .positions = {{"c", event.id}}});
        said = accepted ? "" : accepted.error().message;
        return accepted.has_value();
    };
    while (try_append(stored)) ++stored;
    EXPECT_GT(stored, 5);
    EXPECT_THAT(said, HasSubstr("4 MB must stay free"));
    EXPECT_FALSE(log->health().has_value());
    EXPECT_EQ(events().size(), static_cast<std::size_t>(stored)) << "reads go on";
    EXPECT_EQ(*log->position("c"), fmt::to_string(stored - 1));
    EXPECT_EQ(append(simple_event("0")).outcome, Acceptance::Outcome::duplicate) << "nothing to write, so it needs no room";
    fs::remove(disk / "filler");
    EXPECT_TRUE(try_append(stored)) << said;
    EXPECT_TRUE(log->health().has_value());
    EXPECT_EQ(events().back().sequence, static_cast<std::uint64_t>(stored) + 1) << "what was refused has left no gap";
    log.reset();
    umount2(disk.c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace quoin
