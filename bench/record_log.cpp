// How many prediction records a second go to disk, and what does one cost?
//
//     record_log [records [bytes [folder]]]        default: 1000000 1500 .
//
// Records whose features, reasons and amounts differ, about `bytes` each, are appended by one thread as fast as the log takes them; when it
// is full, the thread waits and asks again. The peer is SQLite in one transaction per 4096 records, the table and settings that had them
// before, for a tenth of the records. The processor time is that of the whole process, with making the texts taken off. The last line is
// machine-readable.

#include <sys/resource.h>

#include <chrono>
#include <thread>

#include "base/rng.h"
#include "bench/model_project.h"
#include "prediction/prediction_id.h"
#include "prediction/record_log.h"
#include "store/database.h"

namespace {

using namespace quoin;
using Steady = std::chrono::steady_clock;

double cpu_seconds() {
    rusage use{};
    ::getrusage(RUSAGE_SELF, &use);
    auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6; };
    return seconds(use.ru_utime) + seconds(use.ru_stime);
}

/// Texts as an explained answer has them; a thousand of each, so that making them costs nothing while it is measured.
struct Texts {
    std::vector<std::string> queries, answers;
    explicit Texts(std::size_t bytes) {
        Rng rng(1);
        for (int k = 0; k < 1000; ++k) {
            std::string features, reasons;
            for (int f = 0; f < 12; ++f) features += fmt::format(R"("feature_{}":{:.3f},)", f, rng.uniform() * 5000);
            queries.push_back(
                fmt::format(R"({{"entity_id":"home_{}","features":{{{}"zip":"98103"}},"drivers":5}})", rng.below(1u << 30), features));
            for (int d = 0; queries.back().size() + reasons.size() + 200 < bytes; ++d)
                reasons += fmt::format(R"({{"feature_name":"feature_{}","value":{:.3f},"contribution":{:.6f},"amount":{:.2f},)"
                                       R"("reason":"feature {} of {:.1f} raises the value by ${:.0f}"}},)",
                                       d, rng.uniform() * 5000, rng.uniform(), rng.uniform() * 100'000, d, rng.uniform() * 5000,
                                       rng.uniform() * 100'000);
            answers.push_back(fmt::format(R"({{"predicted_value":{:.2f},"confidence":{:.4f},"top_features":[{}{{}}]}})",
                                          rng.uniform() * 1e6, rng.uniform(), reasons));
        }
    }
};

PredictionRecordView record_of(const Texts& texts, std::size_t n, std::string_view id, EventTime at) {
    PredictionRecordView record;
    record.id = id;
    record.asked_at = at;
    record.model = "property_value_model";
    record.model_version = "v1";
    record.artifact = "2212f748dc5dbc26f2439b4c579d182c131b025555de91582ae7255486c519af";
    record.query_json = texts.queries[n % texts.queries.size()];
    record.answer_json = texts.answers[(n * 7) % texts.answers.size()];
    return record;
}

struct Cost {
    double records_s, cpu_us, waited;
    std::uint64_t disk_bytes;
};

Cost through_log(const Texts& texts, std::size_t records, const std::filesystem::path& folder) {
    Telemetry telemetry;
    std::uint64_t full = 0;
    auto start = Steady::now();
    double before = cpu_seconds();
    {
        auto log = bench::or_exit(RecordLog::open({.folder = folder}, telemetry));
        for (std::size_t n = 0; n < records; ++n) {
            auto at = system_clock().now();
            auto id = prediction_id(at);
            auto record = record_of(texts, n, id, at);
            while (!log->append({&record, 1})) ++full, std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        bench::or_exit(log->flush());
    }
    double took = std::chrono::duration<double>(Steady::now() - start).count();
    std::uint64_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) bytes += file.file_size();
    auto count = static_cast<double>(records);
    return {count / took, (cpu_seconds() - before) / count * 1e6, static_cast<double>(full), bytes};
}

Cost through_sqlite(const Texts& texts, std::size_t records, const std::filesystem::path& file) {
    auto start = Steady::now();
    double before = cpu_seconds();
    auto database = bench::or_exit(Database::open(file));
    bench::or_exit(database.execute("CREATE TABLE predictions (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, asked_at INTEGER NOT "
                                    "NULL, model TEXT NOT NULL, model_version TEXT NOT NULL, artifact TEXT NOT NULL, query TEXT NOT NULL, "
                                    "answer TEXT NOT NULL)"));
    for (std::size_t n = 0; n < records;)
        bench::or_exit(database.transaction([&]() -> Status {
            for (auto end = std::min(records, n + 4096); n < end; ++n) {
                auto at = system_clock().now();
                PredictionRecord record(record_of(texts, n, prediction_id(at), at));
                TRY_VOID(database.execute("INSERT INTO predictions (id, asked_at, model, model_version, artifact, query, answer) VALUES "
                                          "(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                                          {record.id, record.asked_at.value(), record.model, record.model_version, record.artifact,
                                           record.query_json, record.answer_json}));
            }
            return {};
        }));
    double took = std::chrono::duration<double>(Steady::now() - start).count();
    auto count = static_cast<double>(records);
    return {count / took, (cpu_seconds() - before) / count * 1e6, 0, std::filesystem::file_size(file)};
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t records = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
    std::size_t bytes = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1500;
    std::filesystem::path folder = std::filesystem::path(argc > 3 ? argv[3] : ".") / "record_log.bench";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    Texts texts(bytes);
    auto log = through_log(texts, records, folder / "records");
    auto sqlite = through_sqlite(texts, records / 10, folder / "records.db");
    auto each = static_cast<double>(log.disk_bytes) / static_cast<double>(records);
    fmt::print("log     {:8.0f} records/s  {:5.2f} us of processor each  {:5.0f} bytes each on disk  full {:.0f} times\n", log.records_s,
               log.cpu_us, each, log.waited);
    fmt::print("SQLite  {:8.0f} records/s  {:5.2f} us of processor each\n", sqlite.records_s, sqlite.cpu_us);
    fmt::print(R"({{"bench": "record_log", "records": {}, "bytes": {}, "records_s": {:.0f}, "cpu_us": {:.2f}, "disk_bytes": {:.0f}, )"
               R"("sqlite_s": {:.0f}, "sqlite_cpu_us": {:.2f}, "ratio": {:.1f}}})"
               "\n",
               records, bytes, log.records_s, log.cpu_us, each, sqlite.records_s, sqlite.cpu_us, log.records_s / sqlite.records_s);
    std::filesystem::remove_all(folder);
    return 0;
}
