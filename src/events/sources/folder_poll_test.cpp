#include "events/sources/folder_poll.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <map>
#include <thread>

#include "events/sources/source_bench.h"

namespace quoin {
namespace {

class FolderSource : public testing::Test {
protected:
    FolderSource() {
        fs::create_directories(folder);
        bench.tools->environment = &environment;
        source = bench.make(R"(source: prices
description: d
owner: o
licence: l
events: reit.price
files: {folder: "${DROP:-drop}", pattern: "*_px?.csv*"}
schedule: every 1m
freshness: 24h
history: 3650d
overlap: 30d
records: {format: csv}
read:
  ticker: ticker
  day: {at: day, type: time}
  close: {at: close, type: number}
event: {id: "{ticker}/{day:date}", time: day, known: day + 1d, data: {ticker: ticker, close: close}}
)");
    }
    /// Writes a file that changed `before` the clock's now.
    void write(const std::string& name, std::string_view text, Duration before = Duration::minutes(1)) {
        using namespace std::chrono;
        std::ofstream(folder / name) << text;
        sys_time<microseconds> changed(microseconds((bench.scratch.clock.now() - before).value()));
        fs::last_write_time(folder / name, file_clock::from_sys(changed));
    }
    std::string run(SourcePoller& poller) { return bench.run(poller); }

    SourceBench bench;
    fs::path folder = bench.scratch.folder / "drop";
    Environment environment = [](std::string_view) { return std::optional<std::string>(); };
    std::shared_ptr<const Source> source;
};

TEST_F(FolderSource, ReadsEachFileOnceAndWhatIsNewInAChangedOne) {
    ASSERT_TRUE(source) << bench.wrong;
    write("a_px1.csv", "ticker,day,close\nEQR,2024-01-11,60\nEQR,2024-01-12,61\n");
    write("b_px1.csv", "ticker,day,close\nVNQ,2024-01-12,88\n");
    write("c.csv", "ticker,day,close\nNOT,2024-01-12,1\n");
    write(".d_px1.csv", "ticker,day,close\nNOT,2024-01-12,1\n");
    write("e_px1.csv", "ticker,day,close\nLATER,2024-01-12,1\n", Duration::seconds(1));  // it may still be growing
    auto poller = bench.poller(source, {});
    EXPECT_EQ(run(poller), "");
    EXPECT_EQ(bench.scratch.log->last_sequence(), 3u);
    for (const auto& event : bench.scratch.events()) EXPECT_TRUE(event.is_history) << event.id;
    bench.pass(Duration::minutes(5));
    write("a_px1.csv", "ticker,day,close\nEQR,2024-01-11,60\nEQR,2024-01-12,61\nEQR,2024-01-15,62\n");
    EXPECT_EQ(run(poller), "");
    auto events = bench.scratch.events();
    ASSERT_EQ(events.size(), 5u);
    EXPECT_EQ(events[3].id, "EQR/2024-01-15");
    EXPECT_EQ(events[4].id, "LATER/2024-01-12");
    EXPECT_FALSE(events[3].is_history) << "only the first run is history";
    EXPECT_EQ(poller.status().tally.duplicates, 2u);
    auto next_process = bench.poller(source, {});
    EXPECT_EQ(run(next_process), "");
    EXPECT_EQ(next_process.status().tally.records, 0u) << "what was read is remembered in the log";
}

TEST_F(FolderSource, ABadFileIsNamedAndDoesNotStopTheOthers) {
    ASSERT_TRUE(source) << bench.wrong;
    write("a_px1.csv", "ticker,close\nEQR,60\n");
    write("b_px1.csv", "ticker,day,close\nVNQ,2024-01-12,88\nVNQ,2024-13-45,88\nVNQ,2024-01-15\nVNQ,2024-01-15,-1\n");
    auto poller = bench.poller(source, {});
    EXPECT_EQ(run(poller), "'a_px1.csv': there is no column 'day'; the header has ticker, close");
    EXPECT_EQ(bench.scratch.log->last_sequence(), 1u);
    auto letters = bench.dead_letters();
    ASSERT_EQ(letters.size(), 3u);
    EXPECT_EQ(letters[0].reason, "record 2: 'day' is '2024-13-45'; a time such as 2024-01-15T10:30:00Z, or a date is expected");
    EXPECT_EQ(letters[0].event.data, "VNQ,2024-13-45,88\n");
    EXPECT_EQ(letters[1].reason, "record 3: 2 columns where the header has 3");
    EXPECT_EQ(letters[2].reason, "'close' is '-1'; 0 or more is expected");
    bench.pass(Duration::minutes(1));
    EXPECT_NE(run(poller), "") << "it is still bad";
    write("a_px1.csv", "ticker,day,close\nEQR,2024-01-12,60\n");
    EXPECT_EQ(run(poller), "");
    EXPECT_EQ(bench.scratch.log->last_sequence(), 2u);
    EXPECT_EQ(bench.dead_letters().size(), 3u);
}

TEST_F(FolderSource, GoesOnWhereItWasStopped) {
    ASSERT_TRUE(source) << bench.wrong;
    std::string text = "ticker,day,close\n";
    for (int i = 0; i < 20'000; ++i) text += fmt::format("T{},2024-01-12,{}\n", i, i);
    write("a_px1.csv", text);
    std::atomic<bool> cancelled{false};
    SourcePoller first(source, *bench.tools, {.cancelled = &cancelled});
    std::thread stopper([&] {
        while (bench.scratch.log->last_sequence() < 6'000) std::this_thread::yield();
        cancelled = true;
    });
    (void)run(first);
    stopper.join();
    auto stored = bench.scratch.log->last_sequence();
    ASSERT_GE(stored, 6'000u);
    auto second = bench.poller(source, {});
    EXPECT_EQ(run(second), "");
    EXPECT_EQ(bench.scratch.log->last_sequence(), 20'000u);
    EXPECT_LE(second.status().tally.records, 15'000u) << "5000 records and more were kept as read";
}

TEST_F(FolderSource, IsOffWithoutItsFolder) {
    ASSERT_TRUE(source) << bench.wrong;
    fs::remove_all(folder);
    auto poller = bench.poller(source, {});
    EXPECT_NE(run(poller).find("there is no folder '"), std::string::npos);
    EXPECT_TRUE(poller.status().is_off);
}

/// The real files, by the declarations of the catalog.
class RealFiles : public testing::Test {
protected:
    void SetUp() override {
        const char* data = std::getenv("QUOIN_DATA");
        if (data == nullptr) GTEST_SKIP() << "set QUOIN_DATA to the folder of the public data sets";
    }
    SourceTally run(const std::string& name) {
        auto declared = SourceDeclaration::load(fs::path(QUOIN_SOURCE_DIR) / "catalog/sources" / (name + ".yaml"));
        if (!declared) {
            ADD_FAILURE() << declared.error().message;
            return {};
        }
        auto source = bench.make(std::move(*declared));
        bench.tools->environment = &environment;
        auto poller = bench.poller(source, {});
        EXPECT_EQ(bench.run(poller), "") << name;
        return poller.status().tally;
    }
    SourceBench bench{*parse_time("2026-01-15")};
    Environment environment = [](std::string_view) -> std::optional<std::string> { return std::getenv("QUOIN_DATA"); };
};

// Counted with Python's csv over the same files: 75,686 rows with a value and 2,489 without. The two values are FRED's.
TEST_F(RealFiles, MacroSeries) {
    auto tally = run("fred_files");
    EXPECT_EQ(tally.refused, 0u);
    EXPECT_EQ(tally.stored, 75'686u);
    EXPECT_EQ(tally.left_out, 2'489u);
    std::map<std::string, std::string> values;
    (void)bench.scratch.log->read(1, [&](const Event& event) -> Result<bool> {
        if (event.id == "MORTGAGE30US/2021-01-07" || event.id == "UNRATE/2020-04-01")
            values[event.id] = to_text(event.known) + " " + event.data;
        return true;
    });
    constexpr std::string_view shared = R"("unit":"percent","country":"us","indicator":)";
    EXPECT_EQ(
        values["MORTGAGE30US/2021-01-07"],
        fmt::format(R"(2021-01-14T00:00:00Z {{"series_id":"MORTGAGE30US","value":2.65,{}"mortgage_rate","provider":"fred"}})", shared));
    EXPECT_EQ(values["UNRATE/2020-04-01"],
              fmt::format(R"(2020-06-15T00:00:00Z {{"series_id":"UNRATE","value":14.8,{}"unemployment_rate","provider":"fred"}})", shared));
}

// Counted with Python's csv: 84,548 rows, 14,561 of them without a price; of the others 69,472 differ in property, day or price, 58,175 of
// those above $10,000.
TEST_F(RealFiles, DeedsOfNewYork) {
    auto tally = run("deed_files_new_york");
    EXPECT_EQ(tally.records, 84'548u);
    EXPECT_EQ(tally.refused, 0u);
    std::size_t arms_length = 0;
    (void)bench.scratch.log->read(1, [&](const Event& event) -> Result<bool> {
        arms_length += event.data.find("\"arms_length\":true") != std::string::npos;
        return true;
    });
    EXPECT_EQ(arms_length, 58'175u);
    EXPECT_EQ(tally.stored, 69'472u);
    EXPECT_EQ(tally.duplicates, 515u);
    EXPECT_EQ(tally.left_out, 14'561u);
}

TEST_F(RealFiles, DeedsOfKingCounty) {
    auto tally = run("deed_files_king_county");
    EXPECT_EQ(tally.stored, 21'613u);
}

TEST_F(RealFiles, IncomeOfCookCounty) {
    auto tally = run("income_files_cook_county");
    EXPECT_EQ(tally.records, 62'833u);
    EXPECT_EQ(tally.stored, 60'838u);  // the rows with an income (Python's csv)
    EXPECT_EQ(tally.refused, 0u);
}

TEST_F(RealFiles, PricesAndMarkets) {
    auto prices = run("reit_price_files");
    EXPECT_EQ(prices.stored, 2'570u);
    auto markets = run("market_files_texas");
    EXPECT_EQ(markets.stored, 8'037u);  // of 8,602 rows, 565 have neither sales nor prices nor listings (Python's csv)
    EXPECT_EQ(markets.left_out, 565u);
}

}  // namespace
}  // namespace quoin
