#include "events/event_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/duration.h"
#include "events/dead_letters.h"
#include "events/log_fixture.h"
#include "table/write.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const EventTypes& types() {
    static const auto all = EventTypes::of({EventType::parse(R"(type: document.opened
description: d
entities: {user: user_id}
fields:
  user_id: {type: text, required: true}
  seconds: {type: number, max: 1000}
  shared: {type: boolean}
  due: {type: time}
  kind: {type: text}
)",
                                                             "test")
                                                .value()})
                                .value();
    return all;
}

class EventFileTest : public testing::Test, protected ScratchLog {
protected:
    void SetUp() override {
        clock.set(*parse_time("2026-05-01T00:00:00Z"));
        ASSERT_EQ(open(), "");
        ingest = std::make_unique<Ingest>(*log, std::make_shared<const EventTypes>(types()), telemetry);
    }
    fs::path write(const std::string& name, const std::string& text) {
        std::ofstream(folder / name, std::ios::binary) << text;
        return folder / name;
    }
    EventSink sink() {
        return {[this](EventLog::Batch batch) -> Result<std::vector<Acceptance>> {
                    if (handed_in++ == fails_at) return fail(ErrorKind::unavailable, "the disk is full");
                    return ingest->submit_and_wait(std::move(batch));
                },
                [this](const std::string& consumer) { return log->position(consumer); }, [this] { return log->now(); }};
    }
    Result<EventFileReport> read(const EventFile& file) {
        return ingest_file(file, types(), sink(), [](auto) {});
    }
    std::vector<std::string> data() {
        std::vector<std::string> all;
        for (const auto& event : events()) all.push_back(event.data);
        return all;
    }
    std::vector<std::string> reasons() {
        std::vector<std::string> all;
        const auto letters = find_dead_letters(*log, {}).value();
        for (const auto& letter : letters) all.push_back(letter.reason);
        return all;
    }

    Telemetry telemetry;
    std::unique_ptr<Ingest> ingest;
    int handed_in = 0, fails_at = -1;
};

constexpr const char* csv = R"(when,row,user_id,seconds,shared,due,kind,other
2026-04-30 10:00:00,1,007,1.5,true,2026-06-01,"say ""x""",9
2026-04-30T11:00:00+01:00,2,ann,,false,,deed,9
2026-04-30,3,,5,,,deed,9
2026-04-30,,bob,2000,,,,9
2026-04-30,5,bob,"1,000",,,,9
)";

TEST_F(EventFileTest, ReadsTheRowsOfACsvFile) {
    auto report = read({.path = write("opened.csv", csv), .type = "document.opened", .id = "row", .time = "when"});
    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_EQ(report->rows, 5u);
    EXPECT_EQ(report->stored, 3u);
    EXPECT_EQ(report->dead_letters, 2u);
    EXPECT_THAT(report->ignored_columns, ElementsAre("other"));
    EXPECT_THAT(data(), ElementsAre(R"({"user_id":"007","seconds":1.5,"shared":1,"due":"2026-06-01T00:00:00Z","kind":"say \"x\""})",
                                    R"({"user_id":"ann","shared":0,"kind":"deed"})", R"({"user_id":"bob","seconds":1000})"));
    EXPECT_EQ(events()[0].id, "1");
    EXPECT_EQ(events()[0].source, "/files/opened.csv");
    EXPECT_EQ(events()[1].time, *parse_time("2026-04-30T10:00:00Z"));
    EXPECT_THAT(reasons(), ElementsAre("'user_id' is missing; every document.opened has it", "row 4 has no 'row'"));
}

TEST_F(EventFileTest, OneBadCellDoesNotSpoilItsColumn) {
    auto file = write("opened.csv", "t,user_id,seconds\n2026-04-30,ann,1.5\n2026-04-30,bob,lots\nsoon,cy,2\n");
    auto report = read({.path = file, .type = "document.opened", .time = "t"});
    EXPECT_EQ(report->stored, 1u);
    EXPECT_THAT(data(), ElementsAre(R"({"user_id":"ann","seconds":1.5})"));
    EXPECT_THAT(reasons(), ElementsAre("'seconds' is 'lots'; a number is expected",
                                       "row 3 has 'soon' in 't', which is no time such as 2024-01-15T10:30:00Z"));
}

TEST_F(EventFileTest, TheContentNamesARowWithoutAnId) {
    auto file = write("a.csv", "user_id,seconds\nann,1\nbob,2\nann,1\n");
    auto report = read({.path = file, .type = "document.opened"});
    EXPECT_EQ(report->stored, 2u);
    EXPECT_EQ(report->duplicates, 1u) << "equal rows are one event";
    EXPECT_EQ(events()[0].time, clock.now()) << "no time: now";
    clock.set(clock.now() + Duration::days(1));
    write("a.csv", "user_id,seconds\nann,1\nbob,2\nann,1\ncy,3\n");
    report = read({.path = file, .type = "document.opened"});
    EXPECT_EQ(report->skipped, 0u) << "another content, another file";
    EXPECT_EQ(report->stored, 1u) << "and yet nothing twice";
}

TEST_F(EventFileTest, GoesOnWhereItWasInterrupted) {
    std::string text = "user_id,seconds\n";
    for (int i = 0; i < 100; ++i) text += fmt::format("user-{},1\n", i);
    EventFile file{.path = write("many.csv", text), .type = "document.opened", .batch_events = 7};
    fails_at = 5;
    auto report = read(file);
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().message, "the disk is full");
    EXPECT_EQ(log->last_sequence(), 35u);
    report = read(file);
    EXPECT_EQ(report->skipped, 35u);
    EXPECT_EQ(report->stored, 65u);
    EXPECT_EQ(report->duplicates, 0u);
    report = read(file);
    EXPECT_EQ(report->skipped, 100u);
    EXPECT_EQ(report->rows, 100u);
    EXPECT_EQ(log->last_sequence(), 100u);
}

TEST_F(EventFileTest, ReadsParquetAndLines) {
    auto table = Table::make({{"user_id", Categories{{0, 1}, {"ann", "bob"}}}, {"seconds", Numbers{1, 2.25}}}).value();
    ASSERT_TRUE(write_table(table, folder / "a.parquet"));
    EXPECT_EQ(read({.path = folder / "a.parquet", .type = "document.opened"})->stored, 2u);
    auto lines = write("a.ndjson", "{\"user_id\": \"cy\", \"at\": \"2026-04-30\", \"n\": 7}\n\n"
                                   "{\"specversion\": \"1.0\", \"id\": \"1\", \"source\": \"/s\", \"type\": \"document.opened\", "
                                   "\"data\": {\"user_id\": \"di\"}}\nnot json\n{\"user_id\": \"ed\"}");
    auto report = read({.path = lines, .type = "document.opened", .id = "n", .time = "at"});
    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_THAT(data(), ElementsAre(R"({"user_id":"ann","seconds":1})", R"({"user_id":"bob","seconds":2.25})",
                                    R"({"user_id": "cy", "at": "2026-04-30", "n": 7})", R"({"user_id": "di"})"));
    EXPECT_EQ(events()[2].id, "7");
    EXPECT_THAT(reasons(), ElementsAre(HasSubstr("line 4 is no JSON object"), "line 5 has no 'at'"));
    EXPECT_EQ(replay_dead_letters(*ingest, {})->refused, 2u);
}

TEST_F(EventFileTest, ImportsHistory) {
    auto file = write("old.csv", "day,known,user_id\n2014-05-02,2014-06-01,ann\n2015-05-02,2015-06-01,bob\n");
    EXPECT_EQ(read({.path = file, .type = "document.opened", .time = "day"})->dead_letters, 2u) << "too late for now";
    EXPECT_EQ(read({.path = file, .type = "document.opened", .time = "day", .known = "known", .is_history = true})->stored, 2u);
    EXPECT_EQ(events()[0].time, *parse_time("2014-05-02"));
    EXPECT_EQ(events()[0].known, *parse_time("2014-06-01"));
    EXPECT_TRUE(events()[0].is_history);
}

TEST_F(EventFileTest, SaysWhatIsWrongWithTheFile) {
    auto said = [&](const EventFile& file) {
        auto report = read(file);
        return report ? std::string("read") : report.error().message;
    };
    auto file = write("a.csv", "user,secs\nann,1\n");
    EXPECT_THAT(said({.path = folder / "none.csv", .type = "document.opened"}), HasSubstr("there is no file"));
    EXPECT_THAT(said({.path = file, .type = "document.opened"}), HasSubstr("it has the columns user, secs"));
    EXPECT_THAT(said({.path = file, .type = "document.opened", .time = "when"}), HasSubstr("--time"));
    EXPECT_THAT(said({.path = file}), HasSubstr("with --type"));
    EXPECT_EQ(log->last_sequence(), 0u);
}

}  // namespace
}  // namespace quoin
