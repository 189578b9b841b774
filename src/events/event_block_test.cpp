#include "events/event_block.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "events/log_fixture.h"

namespace quoin {
namespace {

std::string hex(std::string_view bytes) {
    std::string text;
    for (char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return text;
}

/// The worked example of docs/formats/event-log.md.
TEST(EventBlock, IsWrittenAsTheFormatSays) {
    Event first = simple_event("a", "/web", EventTime{1'000});
    first.type = "t";
    first.data = "{}";
    first.known = EventTime{1'500};
    Event second = first;
    second.id = "b";
    second.known = EventTime{1'501};
    EventBlockWriter block;
    block.begin(7);
    block.add(first);
    block.add(second);
    EXPECT_EQ(hex(block.finish()), "01"
                                   "32d50a07"
                                   "07"
                                   "00"
                                   "042f776562"
                                   "0161"
                                   "0174"
                                   "00"
                                   "0764656661756c74"
                                   "b817"
                                   "e707"
                                   "027b7d"
                                   "1e"
                                   "0162"
                                   "02"
                                   "e907"
                                   "027b7d");
}

std::string random_text(Rng& rng) {
    std::string text(rng.below(5) == 0 ? rng.below(3000) : rng.below(20), '\0');
    for (char& byte : text) byte = static_cast<char>(rng.next());
    return text;
}

std::vector<Event> random_events(Rng& rng) {
    std::vector<Event> events(1 + rng.below(30));
    for (auto& event : events) {
        auto* former = &event == events.data() ? nullptr : &event - 1;
        auto repeat = [&](const std::string& text) { return former != nullptr && rng.below(2) ? text : random_text(rng); };
        event.source = repeat(former ? former->source : "");
        event.type = repeat(former ? former->type : "");
        event.subject = repeat(former ? former->subject : "");
        event.tenant = TenantId{repeat(former ? former->tenant.value() : "")};
        event.id = random_text(rng);
        event.data = random_text(rng);
        event.time = EventTime{static_cast<std::int64_t>(rng.next())};
        event.known = EventTime{static_cast<std::int64_t>(rng.next())};
        event.is_history = rng.below(2) == 0;
    }
    return events;
}

void expect_equal(const Event& read, const Event& written) {
    EXPECT_EQ(read.source, written.source);
    EXPECT_EQ(read.type, written.type);
    EXPECT_EQ(read.subject, written.subject);
    EXPECT_EQ(read.tenant, written.tenant);
    EXPECT_EQ(read.id, written.id);
    EXPECT_EQ(read.data, written.data);
    EXPECT_EQ(read.time, written.time);
    EXPECT_EQ(read.known, written.known);
    EXPECT_EQ(read.is_history, written.is_history);
}

TEST(EventBlock, GivesBackAnyEvents) {
    Rng rng(8);
    EventBlockWriter block;
    for (int round = 0; round < 300; ++round) {
        auto events = random_events(rng);
        block.begin(rng.next() >> 1);
        for (const auto& event : events) block.add(event);
        std::size_t count = 0;
        auto read = read_event_block(block.finish(), [&](const Event& event) -> Result<bool> {
            EXPECT_EQ(event.sequence, block.first_sequence() + count);
            expect_equal(event, events[count++]);
            return true;
        });
        EXPECT_TRUE(read.has_value());
        EXPECT_EQ(count, events.size());

        DeadLetter letter{
            .event = events[0], .reason = random_text(rng), .received = EventTime{static_cast<std::int64_t>(rng.next())}, .attempts = 3};
        auto again = read_dead_letter(dead_letter_bytes(letter));
        ASSERT_TRUE(again.has_value());
        expect_equal(again->event, letter.event);
        EXPECT_EQ(again->reason, letter.reason);
        EXPECT_EQ(again->received, letter.received);
        EXPECT_EQ(again->attempts, 3u);
    }
}

/// Every bit of a block and of a letter is flipped once, and every length is cut: none is read as if it were whole.
TEST(EventBlock, KnowsThatItIsDamaged) {
    Rng rng(9);
    EventBlockWriter block;
    block.begin(1);
    auto first = simple_event("1"), second = simple_event("2");
    block.add(first);
    block.add(second);
    const std::string whole(block.finish());
    const auto letter = dead_letter_bytes({.event = first, .reason = "r", .received = EventTime{5}});
    auto is_whole = [](const std::string& bytes) {
        return read_event_block(bytes, [](const Event&) -> Result<bool> { return true; }).has_value();
    };
    EXPECT_TRUE(is_whole(whole));
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        auto flipped = whole;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
        EXPECT_FALSE(is_whole(flipped)) << bit;
    }
    for (std::size_t bit = 0; bit < letter.size() * 8; ++bit) {
        auto flipped = letter;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
        EXPECT_FALSE(read_dead_letter(flipped).has_value()) << bit;
    }
    for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(is_whole(whole.substr(0, size)));
}

}  // namespace
}  // namespace quoin
