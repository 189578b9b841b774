#include "commands/terminal.h"

#include <gtest/gtest.h>

#include <sstream>
#include <thread>

namespace quoin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Pages : public TextSink {
public:
    void write(std::string_view text) override { pages.emplace_back(text); }
    std::string all() const {
        std::string text;
        for (const auto& page : pages) text += page;
        return text;
    }
    std::vector<std::string> pages;
};

EventTime after(milliseconds passed) { return EventTime{1'000'000'000'000 + passed.count() * 1000}; }

std::size_t widest_line(const std::string& text) {
    std::size_t widest = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) widest = std::max(widest, text_width(line));
    return widest;
}

TEST(Terminal, NumbersStandRightAndTextLeft) {
    TerminalTable table{{"metric", "value", "share"}, {{"mdape", "$1,250", "11.3 %"}, {"ppe", "-7", "–"}, {"short"}}};
    EXPECT_EQ(render(table, 100), "metric   value   share\n"
                                  "──────  ──────  ──────\n"
                                  "mdape   $1,250  11.3 %\n"
                                  "ppe         -7       –\n"
                                  "short\n");
    EXPECT_EQ(render({}, 100), "");
}

TEST(Terminal, DatesAndVersionsAreText) {
    EXPECT_EQ(render({{"a date"}, {{"2024"}, {"2024-1"}}}, 40), "a date\n──────\n2024\n2024-1\n");
    EXPECT_EQ(render({{"number"}, {{"1e-05"}, {"+2.5×"}}}, 40), "number\n──────\n 1e-05\n +2.5×\n");
}

TEST(Terminal, TextIsCutBeforeNumbers) {
    TerminalTable table{{"name", "price"}, {{"a very long name of a home", "$540,000"}}};
    EXPECT_EQ(render(table, 20), "name           price\n──────────  ────────\na very lo…  $540,000\n");
}

TEST(Terminal, EveryLineFitsEveryWidth) {
    TerminalTable table{{"property", "説明", "price", "reason"}, {}};
    table.rows.push_back({"prop_123", "広い家です", "$1,250,000", "close to a lake, e\u0301 and more"});
    table.rows.push_back({"prop_2", "", "–", "🏠 near"});
    for (std::size_t width = 1; width <= 80; ++width) EXPECT_LE(widest_line(render(table, width)), width) << "width " << width;
    EXPECT_NE(render(table, 20).find("…"), std::string::npos);
}

TEST(Terminal, WidthCountsColumnsNotBytes) {
    EXPECT_EQ(text_width("prix médian"), 11U);
    EXPECT_EQ(text_width("e\u0301"), 1U);
    EXPECT_EQ(text_width("家🏠"), 4U);
    EXPECT_EQ(fitted("家家家", 4), "家…");
    EXPECT_EQ(fitted("four", 4), "four");
    EXPECT_EQ(fitted("four", 0), "");
}

TEST(Terminal, HostileCellsCannotMoveTheCursor) {
    auto text = render({{"id"},
                        {{"\x1b[2Jgone\r\n"},
                         {"\xC2\x9B"
                          "31m"},
                         {"cut \xE5\xAE"},
                         {"\xC0\xAF"},
                         {"\u202Ereversed"}}},
                       60);
    for (char c : text) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
    EXPECT_EQ(text.find("\xC2\x9B"), std::string::npos);
    EXPECT_EQ(text.find("\u202E"), std::string::npos);
    EXPECT_NE(text.find("�[2Jgone��\n"), std::string::npos);
    EXPECT_NE(text.find("cut ��\n��\n"), std::string::npos);
}

TEST(Terminal, FiguresForPeople) {
    EXPECT_EQ(usd_text(540000), "$540,000");
    EXPECT_EQ(usd_text(-1500.4), "-$1,500");
    EXPECT_EQ(usd_text(-0.2), "$0");
    EXPECT_EQ(usd_text(999.5), "$1,000");
    EXPECT_EQ(usd_text(std::numeric_limits<double>::quiet_NaN()), "–");
    EXPECT_EQ(percent_text(0.113), "11.3 %");
    EXPECT_EQ(percent_text(-0.0001), "0.0 %");
    EXPECT_EQ(percent_text(std::numeric_limits<double>::infinity()), "–");
    EXPECT_EQ(count_text(12000), "12,000");
    EXPECT_EQ(count_text(999), "999");
    EXPECT_EQ(count_text(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
    EXPECT_EQ(duration_text(seconds(41)), "0:41");
    EXPECT_EQ(duration_text(seconds(3723)), "1:02:03");
    EXPECT_EQ(duration_text(milliseconds(-1)), "0:00");
}

TEST(TerminalProgress, LiveLineShowsBarPercentElapsedAndLeft) {
    Pages pages;
    ManualClock clock(after(seconds(0)));
    TerminalProgress progress({.live = true, .colour = false, .width = 52}, pages, clock);
    progress.phase("fit members", 8);
    clock.set(after(seconds(39)));
    for (int i = 0; i < 5; ++i) progress.step();
    ASSERT_EQ(pages.pages.size(), 2U) << "five steps at one time draw once";
    EXPECT_EQ(pages.pages[0], "\r\x1b[2Kfit members  ──────────────   0 %  0:00");
    clock.set(after(seconds(41)));
    progress.step();
    EXPECT_EQ(pages.pages.back(), "\r\x1b[2Kfit members  ━━━━━━━━━━╸───  75 %  0:41, 0:13 left");
    progress.step();
    progress.step();
    EXPECT_EQ(pages.pages.back(), "\r\x1b[2Kfit members: done in 0:41\n");
    progress.finish();
    EXPECT_EQ(pages.pages.size(), 4U) << "a phase that is done ends once";
}

TEST(TerminalProgress, DrawsAtMostTenTimesASecond) {
    Pages pages;
    ManualClock clock(after(seconds(0)));
    TerminalProgress progress({.live = true}, pages, clock);
    progress.phase("search", 100'000);
    for (int i = 1; i <= 3000; ++i) {
        clock.set(after(milliseconds(i)));
        progress.step();
    }
    EXPECT_EQ(pages.pages.size(), 31U);
}

TEST(TerminalProgress, NoLiveLineIsWiderThanTheTerminal) {
    for (std::size_t width = 0; width <= 120; ++width) {
        Pages pages;
        ManualClock clock(after(seconds(0)));
        {
            TerminalProgress progress({.live = true, .colour = false, .width = width}, pages, clock);
            progress.phase("search: 120 candidates on 25 % of the rows", 3);
            clock.set(after(seconds(4000)));
            progress.step();
            progress.phase("unknown length", 0);
        }
        for (const auto& page : pages.pages) {
            auto line = page.substr(5, page.size() - 5 - (page.ends_with('\n') ? 1 : 0));
            EXPECT_LE(text_width(line), std::max<std::size_t>(width, 2) - 1) << page;
        }
    }
}

TEST(TerminalProgress, ElsewhereOneLineAtStartAndEnd) {
    Pages pages;
    ManualClock clock(after(seconds(0)));
    {
        TerminalProgress progress({.live = false}, pages, clock);
        progress.phase("market index", 2);
        clock.set(after(seconds(66)));
        progress.step();
        progress.step();
        progress.phase("fit members", 5);
        progress.step();
    }
    EXPECT_EQ(pages.all(), "market index\nmarket index: done in 1:06\nfit members\nfit members: ended after 1 of 5 steps, 0:00\n");
}

TEST(TerminalProgress, StepsFromManyThreadsEndThePhaseOnce) {
    Pages pages;
    ManualClock clock(after(seconds(0)));
    TerminalProgress progress({.live = true}, pages, clock);
    progress.phase("difficulty", 4000);
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 1000; ++i) progress.step();
            });
    }
    ASSERT_EQ(pages.pages.size(), 2U);
    EXPECT_EQ(pages.pages.back(), "\r\x1b[2Kdifficulty: done in 0:00\n");
}

TEST(TerminalProgress, QuietWritesNothing) {
    testing::internal::CaptureStderr();
    {
        TerminalProgress progress(true);
        progress.phase("fit members", 1);
        progress.step();
        progress.finish();
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace quoin
