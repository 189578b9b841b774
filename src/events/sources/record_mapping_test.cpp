#include "events/sources/record_mapping.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>

#include "base/json.h"
#include "base/rng.h"
#include "events/sources/source_bench.h"

namespace quoin {
namespace {

constexpr std::string_view prices = R"(source: prices
description: d
owner: o
licence: l
events: reit.price
http: {url: https://prices.example/v1, for_each: [{sector: office}]}
schedule: every 5m
freshness: 15m
history: 30d
records: {format: json}
read:
  ticker: /t
  day: {at: /d, type: time, missing: [never]}
  close: {at: /c, type: number, missing: ["."]}
  volume: {at: /v, type: number}
  kind: {at: /k, words: {Big House: residential, "": other}, otherwise: other}
  close_before: {previous: close, per: "{ticker}"}
  is_again: {repeats: "{ticker}/{day:date}"}
  stamp: {at: /u, type: unix_milliseconds}
event:
  id: "{ticker}/{day:date}"
  subject: "{ticker}"
  time: coalesce(stamp, day)
  known: day + 1d
  where: ticker != "SKIP" and not is_again
  data:
    ticker: ticker
    close: close
    return_1d: close / close_before - 1
    volume: volume
    sector: if(kind == "other", sector, kind)
)";

class Mapping : public testing::Test {
protected:
    Mapping() {
        source = bench.make(std::string(prices));
        poll = {.now = bench.scratch.clock.now(), .parameters = {FieldValue::number(0), FieldValue::number(0), FieldValue::text("office")}};
    }
    /// What becomes of each record: the event's id, time and data; "left out"; or the refusal.
    std::vector<std::string> map(std::string_view document) {
        std::vector<std::string> lines;
        auto status = source->reader().read_text(document, [&](const SourceRecord& record) -> Result<bool> {
            TRY(mapped, source->mapping().map(record, poll));
            if (!mapped) lines.push_back("left out");
            else if (!mapped->refusal.empty()) lines.push_back("! " + mapped->refusal);
            else
                lines.push_back(fmt::format("{} {}{} {}", mapped->event.id, to_text(mapped->event.time),
                                            mapped->event.is_history ? " known " + to_text(mapped->event.known) : "", mapped->event.data));
            return true;
        });
        if (!status) lines.push_back("!! " + status.error().message);
        return lines;
    }
    SourceBench bench;
    std::shared_ptr<const Source> source;
    RecordMapping::Poll poll;
};

using Lines = std::vector<std::string>;

TEST_F(Mapping, MakesValuesOfWhatItReads) {
    ASSERT_TRUE(source) << bench.wrong;
    EXPECT_EQ(
        map(R"([{"t": " EQR ", "d": "2024-01-12", "c": "$1,060.50", "v": 5, "k": "BIG HOUSE"},
                      {"t": "VNQ", "d": "20240112", "c": 88, "k": "shed"},
                      {"t": "EQR", "d": "01/15/2024", "c": 1590.75, "u": 1705314600123},
                      {"t": "SKIP", "d": "2024-01-12"},
                      {"t": "EQR", "d": "2024-01-12", "c": 1}])"),
        (Lines{R"(EQR/2024-01-12 2024-01-12T00:00:00Z {"ticker":"EQR","close":1060.5,"volume":5,"sector":"residential"})",
               R"(VNQ/2024-01-12 2024-01-12T00:00:00Z {"ticker":"VNQ","close":88,"sector":"office"})",
               R"(EQR/2024-01-15 2024-01-15T10:30:00.123Z {"ticker":"EQR","close":1590.75,"return_1d":0.5})", "left out", "left out"}));
}

TEST_F(Mapping, RefusesWithTheReasonAndTheSameIdEveryTime) {
    ASSERT_TRUE(source) << bench.wrong;
    EXPECT_EQ(
        map(R"([{"t": "A", "d": "tomorrow", "c": 1}, {"t": "A", "d": "2024-01-12", "c": "1.0.0"}, {"t": "A", "c": 1},
                      {"d": "2024-01-12", "c": 1, "t": ""}, {"t": ["A"], "d": "2024-01-12"}, {"t": "A", "d": 1e300}, 7, "x", null])"),
        (Lines{"! record 1: 'day' is 'tomorrow'; a time such as 2024-01-15T10:30:00Z, or a date is expected",
               "! record 2: 'close' is '1.0.0'; a number is expected", "! record 3: it has no time: 'coalesce(stamp, day)' is missing",
               "left out", "! record 5: 'ticker' is 'a list or an object'; a single value is expected",
               "! record 6: 'day' is '1e+300'; a time such as 2024-01-15T10:30:00Z, or a date is expected", "left out", "left out",
               "left out"}));
    std::set<std::string> ids;
    for (int i = 0; i < 2; ++i) {
        auto status = source->reader().read_text(R"([{"t": "A", "d": "?", "c": 1}])", [&](const SourceRecord& record) -> Result<bool> {
            TRY(mapped, source->mapping().map(record, poll));
            ids.insert(mapped->event.id);
            EXPECT_EQ(mapped->event.data, R"({"t":"A","d":"?","c":1})");
            return true;
        });
        ASSERT_TRUE(status);
    }
    EXPECT_EQ(ids.size(), 1u);
}

TEST_F(Mapping, HistoryIsKnownThenAndNeverBefore) {
    ASSERT_TRUE(source) << bench.wrong;
    poll.is_history = true;
    poll.since = *parse_time("2024-01-10");
    // Now is the 16th at noon: what can have been known since the 17th only is no history yet.
    EXPECT_EQ(
        map(R"([{"t": "A", "d": "2024-01-09", "c": 1}, {"t": "A", "d": "2024-01-10", "c": 1}, {"t": "A", "d": "2024-01-16", "c": 1}])"),
        (Lines{"left out", R"(A/2024-01-10 2024-01-10T00:00:00Z known 2024-01-11T00:00:00Z {"ticker":"A","close":1,"return_1d":0})",
               R"(A/2024-01-16 2024-01-16T00:00:00Z {"ticker":"A","close":1,"return_1d":0})"}));
}

// Whatever a provider sends: a record becomes an event with an id and a time, is left out, or is refused with a reason; data is always
// JSON.
TEST_F(Mapping, SurvivesAnything) {
    ASSERT_TRUE(source) << bench.wrong;
    Rng rng(2024);
    const std::vector<std::string> values = {"1",
                                             "-0",
                                             "1e308",
                                             "-1e-308",
                                             "true",
                                             "null",
                                             "\"\"",
                                             "\"2024-01-12\"",
                                             "[]",
                                             "{}",
                                             "\"\\u0000\"",
                                             "\"SKIP\"",
                                             "\"1,000,000\"",
                                             "\".\"",
                                             "9223372036854775808",
                                             "\"💥\"",
                                             "\"A\"",
                                             "\"9999-12-31\"",
                                             "\"0000-00-00\"",
                                             "1705314600123"};
    for (int round = 0; round < 3000; ++round) {
        std::string document = "[";
        for (int i = 0; i < 3; ++i) {
            document += i > 0 ? ",{" : "{";
            bool is_first = true;
            for (const char* key : {"t", "d", "c", "v", "k", "u"}) {
                if (rng.below(4) == 0) continue;
                document += fmt::format("{}\"{}\":{}", is_first ? "" : ",", key, values[rng.below(values.size())]);
                is_first = false;
            }
            document += "}";
        }
        document += "]";
        auto status = source->reader().read_text(document, [&](const SourceRecord& record) -> Result<bool> {
            TRY(mapped, source->mapping().map(record, poll));
            if (!mapped) return true;
            EXPECT_FALSE(mapped->event.id.empty());
            EXPECT_TRUE(!mapped->refusal.empty() || !mapped->event.time.is_missing());
            EXPECT_TRUE(parse_json(mapped->event.data)) << mapped->event.data;
            return true;
        });
        ASSERT_TRUE(status) << document << ": " << status.error().message;
        if (poll.seen.size() > 1000) poll.seen.clear();
    }
}

}  // namespace
}  // namespace quoin
