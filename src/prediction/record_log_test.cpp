#include "prediction/record_log.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "prediction/record_fixture.h"
#include "store/database.h"

namespace quoin {
namespace {

class RecordLogs : public testing::Test {
protected:
    std::shared_ptr<RecordLog> opened(const RecordLogOptions& options) { return RecordLog::open(options, telemetry).value(); }
    std::shared_ptr<RecordLog> opened() { return opened(folder.options()); }
    /// Appends the records from `first` on. Returns their ids.
    std::vector<std::string> append(RecordLog& log, int first, int count) {
        std::vector<std::string> ids;
        for (int n = first; n < first + count; ++n) {
            auto record = numbered_record(n);
            EXPECT_TRUE(append_one(log, record));
            ids.push_back(record.id);
        }
        return ids;
    }
    std::size_t files() const { return RecordFiles(folder.options().folder).list().value().size(); }

    RecordFolder folder;
    Telemetry telemetry;
};

void expect_equal(const PredictionRecord& found, const PredictionRecord& record) {
    EXPECT_EQ(found.id, record.id);
    EXPECT_EQ(found.asked_at, record.asked_at);
    EXPECT_EQ(found.model, record.model);
    EXPECT_EQ(found.model_version, record.model_version);
    EXPECT_EQ(found.artifact, record.artifact);
    EXPECT_EQ(found.query_json, record.query_json);
    EXPECT_EQ(found.answer_json, record.answer_json);
}

TEST_F(RecordLogs, ARecordIsFoundAtOnceAfterFlushAndAfterReopening) {
    auto record = numbered_record(1);
    {
        auto log = opened();
        ASSERT_TRUE(append_one(*log, record));
        expect_equal(log->find(record.id).value(), record);
        append(*log, 2, 1000);
        ASSERT_TRUE(log->flush());
        EXPECT_EQ(log->pending(), 0u);
        expect_equal(log->find(record.id).value(), record);
        EXPECT_EQ(log->find(numbered_record(1).id).error().kind, ErrorKind::not_found) << "another id of the same moment";
        EXPECT_EQ(log->find("pred_1").error().kind, ErrorKind::not_found);
    }
    auto log = opened();
    expect_equal(log->find(record.id).value(), record);
    EXPECT_EQ(log->verify().value(), 1001u);
    EXPECT_TRUE(log->health());
}

TEST_F(RecordLogs, AScanIsInTheOrderOfTime) {
    auto log = opened();
    for (int n : {5, 3, 9, 1}) append(*log, n, 1);
    ASSERT_TRUE(log->flush());
    for (int n : {4, 0, 8}) append(*log, n, 1);
    EXPECT_EQ(numbers_in(*log, {}), (std::vector<int>{0, 1, 3, 4, 5, 8, 9})) << "from the disk and from the queue";
    EXPECT_EQ(numbers_in(*log, {.model = "b"}), (std::vector<int>{0, 3, 9}));
    EXPECT_EQ(numbers_in(*log, {.model = "c"}), (std::vector<int>{}));
    EXPECT_EQ(numbers_in(*log, {.from = numbered_record(3).asked_at, .to = numbered_record(8).asked_at}), (std::vector<int>{3, 4, 5}));
    int seen = 0;
    EXPECT_TRUE(log->scan({}, [&](const auto&) { return ++seen < 3; }));
    EXPECT_EQ(seen, 3) << "until the visitor has enough";
    EXPECT_EQ(log->scan({}, [](const auto&) -> Result<bool> { return fail(ErrorKind::internal, "no"); }).error().kind, ErrorKind::internal);
}

TEST_F(RecordLogs, AScanDuringWritesSeesEachRecordOnce) {
    auto log = opened();
    std::atomic<int> appended{0};
    std::thread writing([&] {
        for (int n = 0; n < 30'000; ++n, ++appended) append(*log, n, 1);
    });
    for (int round = 0; round < 30; ++round) {
        int before = appended;
        auto numbers = numbers_in(*log, {});
        ASSERT_GE(static_cast<int>(numbers.size()), before);
        for (int n = 0; n < static_cast<int>(numbers.size()); ++n) ASSERT_EQ(numbers[static_cast<std::size_t>(n)], n);
    }
    writing.join();
}

TEST_F(RecordLogs, TwoProcessesShareAFolder) {
    auto one = opened(), other = opened();
    auto ids = append(*one, 0, 10);
    auto more = append(*other, 10, 10);
    ASSERT_TRUE(one->flush());
    ASSERT_TRUE(other->flush());
    EXPECT_EQ(files(), 2u);
    for (const auto& id : more) EXPECT_TRUE(one->find(id));
    for (const auto& id : ids) EXPECT_TRUE(other->find(id));
    std::vector<int> all(20);
    for (int n = 0; n < 20; ++n) all[static_cast<std::size_t>(n)] = n;
    EXPECT_EQ(numbers_in(*one, {}), all);
}

TEST_F(RecordLogs, AFileIsGoneOnWithSoThatShortProcessesLeaveNoHeap) {
    for (int n = 0; n < 5; ++n) append(*opened(), n, 1);
    EXPECT_EQ(files(), 1u);
    EXPECT_EQ(numbers_in(*opened(), {}), (std::vector<int>{0, 1, 2, 3, 4}));
    { auto reads_only = opened(); }
    EXPECT_EQ(files(), 1u);
}

TEST_F(RecordLogs, AFullQueueRefusesAllOrNone) {
    auto options = folder.options();
    options.pending_records = 10;
    auto log = opened(options);
    std::vector<PredictionRecord> records;
    for (int n = 0; n < 11; ++n) records.push_back(numbered_record(n));
    std::vector<PredictionRecordView> views(records.begin(), records.end());
    EXPECT_EQ(log->append(views).error().kind, ErrorKind::unavailable);
    EXPECT_TRUE(numbers_in(*log, {}).empty());
    EXPECT_TRUE(log->append(std::span(views).first(10)));
    EXPECT_TRUE(log->flush());
    EXPECT_EQ(numbers_in(*log, {}).size(), 10u);
    EXPECT_NE(telemetry.exposition().find("quoin_records_refused_total 11"), std::string::npos);
}

TEST_F(RecordLogs, WhileTheDiskRefusesWhatWaitsIsKeptAndWrittenOnceItTakesIt) {
    auto options = folder.options();
    std::ofstream(options.folder) << "a file where the folder should be";
    auto log = opened(options);
    auto ids = append(*log, 0, 1);
    EXPECT_EQ(log->flush().error().kind, ErrorKind::unavailable);
    EXPECT_EQ(log->health().error().kind, ErrorKind::unavailable);
    EXPECT_EQ(append_one(*log, numbered_record(1)).error().kind, ErrorKind::unavailable) << "no answer without a record";
    EXPECT_EQ(log->pending(), 1u);
    std::filesystem::remove(options.folder);
    while (!log->health()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_TRUE(log->flush());
    append(*log, 2, 1);
    EXPECT_EQ(numbers_in(*log, {}), (std::vector<int>{0, 2}));
}

TEST_F(RecordLogs, ADiskThatIsNearlyFullIsLeftAlone) {
    auto options = folder.options();
    options.free_bytes_min = std::size_t{1} << 60;
    auto log = opened(options);
    append(*log, 0, 1);
    EXPECT_NE(log->flush().error().message.find("must stay free"), std::string::npos);
    EXPECT_EQ(files(), 0u);
}

TEST_F(RecordLogs, OldFilesGoAsAWhole) {
    constexpr std::int64_t day = 86'400'000'000;
    const EventTime start{1'795'846'565'000'000};
    ManualClock clock(start);
    auto options = folder.options();
    options.clock = &clock;
    options.keep = {.days = 3, .bytes = 0};
    std::vector<std::string> ids;
    for (int days : {0, 1, 2, 3, 4}) {
        clock.set(EventTime{start.value() + days * day});
        auto log = opened(options);
        auto record = numbered_record(days, clock.now().value());
        ASSERT_TRUE(append_one(*log, record));
        ids.push_back(record.id);
    }
    EXPECT_EQ(files(), 4u) << "each day has a file, and the first was four days old when the last began";
    auto log = opened(options);
    EXPECT_EQ(log->find(ids[0]).error().kind, ErrorKind::not_found);
    for (std::size_t k = 1; k < ids.size(); ++k) EXPECT_TRUE(log->find(ids[k]));
    EXPECT_NE(telemetry.exposition().find("quoin_records_dropped_total 1"), std::string::npos);
}

TEST_F(RecordLogs, BeyondTheirBytesTheOldestGo) {
    RecordFiles store(folder.options().folder);
    std::vector<std::filesystem::path> made;
    for (int days : {0, 2, 4}) {
        auto writer = store.writer(EventTime{days * 86'400'000'000}).value();
        ASSERT_TRUE(writer->append({random_hex_id(), 7, {EventTime{days}, EventTime{days}}, 1}));
        made.push_back(writer->path());
    }
    std::uint64_t bytes = 0;
    for (const auto& file : made) bytes += std::filesystem::file_size(file);
    EventTime now{5 * 86'400'000'000};
    EXPECT_EQ(store.drop({.days = 0, .bytes = bytes}, now)->files, 0u);
    {
        auto at_work = TimeBlockWriter::go_on(made[0]).value();
        auto dropped = store.drop({.days = 0, .bytes = bytes - 1}, now).value();
        EXPECT_EQ(dropped.files, 1u);
        EXPECT_EQ(dropped.records, 7u);
        EXPECT_TRUE(std::filesystem::exists(made[0])) << "somebody writes to it";
        EXPECT_FALSE(std::filesystem::exists(made[1]));
    }
    EXPECT_EQ(store.drop({.days = 0, .bytes = 1}, now)->files, 2u);
    EXPECT_EQ(store.drop({.days = 0, .bytes = 1}, now)->files, 0u);
}

TEST_F(RecordLogs, ATornEndIsNoErrorAndDamageNamesItsFile) {
    std::vector<std::string> ids;
    {
        auto log = opened();
        ids = append(*log, 0, 25);
        ASSERT_TRUE(log->flush());
        append(*log, 25, 25);
    }
    auto file = RecordFiles(folder.options().folder).list().value().front();
    auto blocks = find_time_blocks(file, {}).value();
    std::filesystem::resize_file(file, blocks.back().end() + 10);
    EXPECT_EQ(opened()->verify().value(), 50u) << "half an index";
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(static_cast<std::streamoff>(blocks.front().place + TimeBlock::header_bytes + 5));
    stream.put('\x7f').flush();
    auto last = append(*opened(), 50, 1);
    auto log = opened();
    EXPECT_NE(log->verify().error().message.find(file.filename().string()), std::string::npos);
    EXPECT_EQ(log->find(ids.front()).error().kind, ErrorKind::corrupt);
    EXPECT_TRUE(log->find(last.front())) << "damage is left alone, and what comes is written";
}

TEST_F(RecordLogs, RecordsOfTheFormerTableAreStillFound) {
    auto options = folder.options();
    options.former = folder.path / "predictions.db";
    {
        auto database = Database::open(options.former).value();
        ASSERT_TRUE(
            database.execute("CREATE TABLE predictions (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, asked_at INTEGER NOT "
                             "NULL, model TEXT NOT NULL, model_version TEXT NOT NULL, artifact TEXT NOT NULL, query TEXT NOT NULL, "
                             "answer TEXT NOT NULL)"));
        for (int n = 0; n < 2500; ++n)
            ASSERT_TRUE(database.execute(
                "INSERT INTO predictions (id, asked_at, model, model_version, artifact, query, answer) "
                "VALUES (?1, ?2, ?3, 'v0', 'old', ?4, '{}')",
                {fmt::format("pred_{:032}", n), std::int64_t{1000} + n / 10, n % 2 == 0 ? "a" : "b", fmt::format(R"({{"n":{}}})", n)}));
    }
    auto log = opened(options);
    EXPECT_EQ(log->find("pred_" + fmt::format("{:032}", 7)).value().query_json, R"({"n":7})");
    append(*log, 5000, 1);
    auto numbers = numbers_in(*log, {});
    ASSERT_EQ(numbers.size(), 2501u);
    for (int n = 0; n < 2500; ++n) ASSERT_EQ(numbers[static_cast<std::size_t>(n)], n) << "across pages, and within one moment";
    EXPECT_EQ(numbers.back(), 5000);
    EXPECT_EQ(numbers_in(*log, {.model = "b", .to = EventTime{1001}}), (std::vector<int>{1, 3, 5, 7, 9}));
    ASSERT_TRUE(log->flush());
    EXPECT_EQ(log->verify().value(), 2501u);
    EXPECT_EQ(opened({.folder = folder.path / "none", .former = folder.path / "none.db"})->verify().value(), 0u);
}

}  // namespace
}  // namespace quoin
