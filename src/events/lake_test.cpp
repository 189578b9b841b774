#include "events/lake.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/digest.h"
#include "events/lake_fixture.h"
#include "events/lake_part.h"
#include "remote/s3_fixture.h"
#include "table/read.h"

namespace quoin {
namespace {

class LakeTest : public testing::Test {
protected:
    void SetUp() override {
        std::filesystem::create_directories(folder_ / "scratch");
        open_log("log");
    }
    void TearDown() override {
        log_.reset();
        std::filesystem::remove_all(folder_);
    }
    void open_log(const std::string& name) {
        log_.reset();
        auto log = EventLog::open({.folder = folder_ / name, .clock = clock_});
        ASSERT_TRUE(log) << log.error().message;
        log_ = std::move(*log);
    }
    /// Events of two tenants; every third one is history of another day, and a day passes now and then.
    void append(int count) {
        EventLog::Batch batch;
        for (int i = 0; i < count; ++i, ++made_) {
            Event event{.source = "/test",
                        .id = fmt::format("e{}", made_),
                        .type = "document.accessed",
                        .subject = made_ % 4 == 0 ? "" : "s",
                        .tenant = TenantId(made_ % 2 == 0 ? "default" : "ä/b"),
                        .time = clock_.now(),
                        .data = fmt::format(R"({{"n": {}, "text": "\"quoted\"\n"}})", made_)};
            if (made_ % 3 == 0) event.known = from_civil(2025, 12, 1 + static_cast<unsigned>(made_ % 5)), event.is_history = true;
            batch.events.push_back(std::move(event));
        }
        clock_.set(clock_.now() + Duration::hours(9));
        auto appended = log_->append_and_wait(std::move(batch));
        ASSERT_TRUE(appended) << appended.error().message;
    }
    Lake lake_on(std::shared_ptr<ObjectStore> store) {
        return Lake(std::move(store), {.range_events_max = 7, .scratch = folder_ / "scratch"});
    }
    std::shared_ptr<ObjectStore> store_in(const std::string& name) {
        return std::shared_ptr<ObjectStore>(std::move(*ObjectStore::open_folder(folder_ / name)));
    }
    /// Every row of every Parquet file in a folder, as a person would read the lake, without any manifest: "day tenant sequence id data".
    std::vector<std::string> rows_in(const std::string& name) {
        std::error_code error;
        bool any = false;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / name, error))
            any |= entry.path().extension() == ".parquet";
        if (!any) return {};
        auto query = fmt::format(
            "SELECT day::VARCHAR || ' ' || tenant || ' ' || sequence::BIGINT || ' ' || id || ' ' || data || ' ' || known || ' ' || "
            "is_history AS line FROM read_parquet('{}/**/*.parquet', hive_partitioning = true) ORDER BY sequence",
            (folder_ / name).string());
        auto table = read_sql(query, {.columns = {{"line", ColumnKind::category}}});
        EXPECT_TRUE(table) << table.error().message;
        std::vector<std::string> lines;
        for (std::size_t row = 0; table && row < table->rows(); ++row) lines.push_back(table->columns()[0].text(row));
        return lines;
    }
    /// The same lines of the log itself.
    std::vector<std::string> rows_of_log() {
        std::vector<std::string> lines;
        auto read = log_->read(1, [&](const Event& event) -> Result<bool> {
            auto known = to_text(event.known);
            auto micros = event.known.value() % 1'000'000;
            auto stamp = date_text(event.known) + " " + known.substr(11, 8);
            if (micros != 0) {
                auto digits = fmt::format("{:06}", micros);
                while (digits.ends_with('0')) digits.pop_back();
                stamp += "." + digits;
            }
            lines.push_back(fmt::format("{} {} {} {} {} {} {}", date_text(event.known), event.tenant.value(), event.sequence, event.id,
                                        event.data, stamp, event.is_history ? "1.0" : "0.0"));
            return true;
        });
        EXPECT_TRUE(read);
        return lines;
    }
    void expect_whole(Lake& lake, std::uint64_t events) {
        auto check = lake.verify();
        ASSERT_TRUE(check) << check.error().message;
        EXPECT_TRUE(check->problems.empty()) << check->problems.front();
        EXPECT_TRUE(check->unfinished.empty()) << check->unfinished.front();
        EXPECT_EQ(check->events, events);
    }

    std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("quoin-lake-" + random_hex_id());
    ManualClock clock_{from_civil(2026, 1, 1) + Duration::hours(1)};
    std::unique_ptr<EventLog> log_;
    int made_ = 0;
};

TEST_F(LakeTest, HoldsEveryEventOnceByDayAndTenant) {
    append(20);
    auto lake = lake_on(store_in("lake"));
    auto written = lake.write(*log_);
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(written->ranges, 3u);
    EXPECT_EQ(written->events, 20u);
    EXPECT_EQ(rows_in("lake"), rows_of_log());
    EXPECT_TRUE(std::filesystem::exists(folder_ / "lake" / "day=2026-01-01" / "tenant=%C3%A4%2Fb" /
                                        "part-00000000000000000001-00000000000000000007.parquet"));
    auto again = lake.write(*log_);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->parts, 0u);
    EXPECT_EQ(again->last, 20u);
    for (int i = 0; i < 5; ++i) {
        append(5);
        ASSERT_TRUE(lake.write(*log_));
    }
    EXPECT_EQ(rows_in("lake"), rows_of_log());
    expect_whole(lake, 45);
    // A range waits until it is full or old.
    append(3);
    auto early = lake.write(*log_, Duration::days(1));
    EXPECT_EQ(early->events, 0u);
    append(2);
    append(2);  // seven: full
    EXPECT_EQ(lake.write(*log_, Duration::days(1))->events, 7u);
    append(1);
    clock_.set(clock_.now() + Duration::days(2));
    EXPECT_EQ(lake.write(*log_, Duration::days(1))->events, 1u);
    EXPECT_EQ(rows_in("lake"), rows_of_log());
}

/// A crash at every call of the store, before and after its effect, and then more events: nothing is there twice at any moment, and all of
/// it after the next write.
TEST_F(LakeTest, CrashesAtAnyInstantChangeNothing) {
    for (bool after : {false, true}) {
        for (int at = 0;; ++at) {
            auto name = fmt::format("lake-{}-{}", after, at);
            open_log("log-" + name);
            append(9);
            auto faulty = std::make_shared<FaultyStore>(store_in(name), at, after);
            auto crashed = lake_on(faulty).write(*log_);
            if (!faulty->has_failed()) {
                EXPECT_GT(at, 10) << "there are not so few steps";
                break;
            }
            auto seen = rows_in(name);
            EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end()) << "an event is there twice after a crash at step " << at;
            append(1);  // a range that was not planned would now end elsewhere
            auto lake = lake_on(store_in(name));
            auto repaired = lake.write(*log_);
            ASSERT_TRUE(repaired) << "step " << at << ": " << repaired.error().message;
            ASSERT_EQ(rows_in(name), rows_of_log()) << "step " << at << (after ? " after" : " before") << " its effect";
            expect_whole(lake, log_->last_sequence());
        }
    }
}

TEST_F(LakeTest, ForgottenPositionsAndTwoWritersChangeNothing) {
    append(30);
    auto lake = lake_on(store_in("lake"));
    std::vector<std::thread> writers;
    std::atomic<int> failures{0};
    for (int i = 0; i < 4; ++i)
        writers.emplace_back([&] {
            auto writer = lake_on(store_in("lake"));
            if (!writer.write(*log_)) ++failures;
        });
    for (auto& writer : writers) writer.join();
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(rows_in("lake"), rows_of_log());
    expect_whole(lake, 30);
    // The log was restored from before the lake was written: its position is gone.
    ASSERT_TRUE(log_->append_and_wait({.events = {}, .positions = {{"lake/" + lake.where(), ""}}}));
    append(3);
    ASSERT_TRUE(lake.write(*log_));
    EXPECT_EQ(rows_in("lake"), rows_of_log());
    // Another log has the same sequences and other events.
    made_ = 1000;
    open_log("other");
    append(40);
    auto other = lake.write(*log_);
    ASSERT_FALSE(other) << "a lake went on from another log";
    EXPECT_EQ(other.error().kind, ErrorKind::conflict) << other.error().message;
}

TEST_F(LakeTest, DamageIsFoundAndNamed) {
    append(14);
    auto store = store_in("lake");
    auto lake = lake_on(store);
    ASSERT_TRUE(lake.write(*log_));
    auto parts = store->list("day=");
    ASSERT_GE(parts->size(), 6u);
    auto problems = [&] {
        auto check = lake.verify();
        EXPECT_TRUE(check) << check.error().message;
        return fmt::format("{}", fmt::join(check->problems, "; "));
    };
    EXPECT_EQ(problems(), "");
    auto key = parts->at(1).key;
    auto bytes = *store->get(key);
    auto flipped = bytes;
    flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
    ASSERT_TRUE(store->put(key, std::as_bytes(std::span(flipped))));
    EXPECT_EQ(problems(), fmt::format("'{}' has other bytes than were written", key));
    ASSERT_TRUE(store->remove(key));
    EXPECT_EQ(problems(), fmt::format("'{}' is missing", key));
    ASSERT_TRUE(store->put(key, std::as_bytes(std::span(bytes))));
    std::string_view stray = "day=2026-01-01/tenant=default/part-00000000000000000002-00000000000000000003.parquet";
    ASSERT_TRUE(store->put(stray, std::as_bytes(std::span(bytes))));
    EXPECT_EQ(problems(), fmt::format("'{}' is in no manifest", stray));
    ASSERT_TRUE(store->remove(stray));
    ASSERT_TRUE(store->remove(lake_manifest_key(1)));
    EXPECT_NE(problems().find("the events 1 to 7 are in no manifest"), std::string::npos) << problems();
    // A part of the next range that holds something else is not taken for ours.
    append(2);
    auto wrong = lake_part_key("2026-01-01", "default", {15, 16});
    for (const auto& tenant : {"default", "ä/b"})
        for (const auto& day : {"2026-01-01", "2026-01-02", "2025-12-05", "2025-12-01", "2025-12-02"})
            ASSERT_TRUE(store->put(lake_part_key(day, tenant, {15, 16}), std::as_bytes(std::span(bytes))));
    auto taken = lake.write(*log_);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().kind, ErrorKind::corrupt) << taken.error().message;
}

TEST_F(LakeTest, IsTheSameInS3) {
    Bucket bucket;
    append(12);
    auto lake = lake_on(std::shared_ptr<ObjectStore>(store_on(bucket, "estate")));
    bucket.fail_next = 2;
    bucket.loses_answer = true;  // of the first write: the plan is there, and its writer does not know
    auto written = lake.write(*log_);
    ASSERT_TRUE(written) << written.error().message;
    append(3);
    ASSERT_TRUE(lake.write(*log_));
    auto check = lake.verify();
    ASSERT_TRUE(check) << check.error().message;
    EXPECT_TRUE(check->problems.empty()) << check->problems.front();
    EXPECT_EQ(check->events, 15u);
    std::vector<std::uint64_t> sequences;
    for (const auto& [key, bytes] : bucket.objects) {
        if (!key.ends_with(".parquet")) continue;
        EXPECT_TRUE(key.starts_with("estate/day=")) << key;
        auto part = lake_part_sequences(bytes, folder_ / "scratch");
        ASSERT_TRUE(part) << part.error().message;
        sequences.insert(sequences.end(), part->begin(), part->end());
    }
    std::ranges::sort(sequences);
    ASSERT_EQ(sequences.size(), 15u);
    for (std::size_t i = 0; i < sequences.size(); ++i) EXPECT_EQ(sequences[i], i + 1);
}

TEST(LakeManifest, HostileTextsAreRefused) {
    LakeManifest manifest{.first = 3,
                          .last = 9,
                          .events = 7,
                          .last_source = "s",
                          .last_id = "i",
                          .last_known = EventTime{5},
                          .parts = {{.key = "k", .day = "d", .tenant = "t", .events = 7, .bytes = 1, .sha256 = "x"}}};
    auto text = render_manifest(manifest);
    auto parsed = parse_manifest(text);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(render_manifest(*parsed), text);
    for (auto bad :
         {"", "[]", "{}", R"({"first": 1, "last": 0, "events": 0, "last_event": {"source": "", "id": "", "known": 1}, "parts": []})",
          R"({"first": -1, "last": 3, "events": 0, "last_event": {"source": "", "id": "", "known": 1}, "parts": []})",
          R"({"first": 1, "last": 3, "events": 0, "last_event": {"source": "", "id": ""}, "parts": []})",
          R"({"first": 1, "last": 3, "events": 0, "last_event": {"source": "", "id": "", "known": 1}, "parts": [{}]})"}) {
        auto refused = parse_manifest(bad);
        ASSERT_FALSE(refused) << bad;
        EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
    }
    EXPECT_FALSE(parse_plan(R"({"first": 0, "last": 3})"));
    EXPECT_TRUE(parse_plan(render_plan({4, 4})));
}

}  // namespace
}  // namespace quoin
