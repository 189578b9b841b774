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
    fs::path newest(const char* extension) {
        fs::path found;
        for (const auto& entry : fs::directory_iterator(folder / "events"))
            if (entry.path().extension() == extension && fs::file_size(entry.path()) > 0) found = std::max(found, entry.path());
        return found;
    }
    void restore(const fs::path& copy) {
        log.reset();
        fs::remove_all(folder / "events");
        fs::copy(copy, folder / "events");
    }
    static void flip(const fs::path& file, std::uint64_t at) {
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekg(static_cast<std::streamoff>(at));
        char byte = static_cast<char>(stream.get());
        stream.seekp(static_cast<std::streamoff>(at));
        stream.put(static_cast<char>(byte ^ 1));
    }
};

/// The write-ahead log is cut at every byte of its last commit: the events before are there, and each is still known by its name.
TEST_F(EventLogDamage, ATornTailIsCutOff) {
    ASSERT_EQ(open(), "");
    for (int i = 1; i <= 3; ++i) append(simple_event(fmt::to_string(i)));
    auto file = newest(".log");
    auto whole = fs::file_size(file);
    ASSERT_TRUE(log->append_and_wait({.events = {simple_event("4"), simple_event("5")}, .positions = {{"c", "5"}}}));
    auto both = fs::file_size(file);
    auto copy = folder / "copy";
    fs::copy(folder / "events", copy);
    for (auto size = whole; size < both; ++size) {
        restore(copy);
        fs::resize_file(folder / "events" / file.filename(), size);
        ASSERT_EQ(open(), "") << size;
        ASSERT_EQ(events().size(), 3u) << size;
        EXPECT_EQ(*log->position("c"), "");
        EXPECT_EQ(append(simple_event("3")).sequence, 3u);
        EXPECT_EQ(append(simple_event("4")).sequence, 4u);
        EXPECT_GT(events().back().known, events().front().known);
    }
}

/// Any one flipped bit in any file is found: at the opening, or when the event is read. No event is ever another than was stored.
TEST_F(EventLogDamage, AFlippedBitIsFound) {
    ASSERT_EQ(open(), "");
    for (int i = 0; i < 40; ++i) append(simple_event(fmt::to_string(i)));
    auto log_file = newest(".log").filename();
    log.reset();
    auto in_log = folder / "in_log", in_table = folder / "in_table";
    fs::copy(folder / "events", in_log);
    ASSERT_EQ(open(), "");
    ASSERT_EQ(open(), "");
    log.reset();
    fs::copy(folder / "events", in_table);

    Rng rng(9);
    auto size = fs::file_size(in_log / log_file);
    for (int round = 0; round < 20; ++round) {
        restore(in_log);
        flip(folder / "events" / log_file, rng.below(size));
        auto said = open();
        EXPECT_THAT(said, StartsWith("corrupt: ")) << round;
        EXPECT_THAT(said, HasSubstr(log_file.string()));
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
    { std::ofstream(disk / "filler") << std::string(fs::space(disk).available - (6u << 20), 'x'); }
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
