// How long does a point-in-time join take, against DuckDB's ASOF on the cases that DuckDB published for it?
//
//     point_in_time_join [runs]        default: 5
//
// The cases and queries are those of "DuckDB's AsOf Joins: Fuzzy Temporal Lookups" (2023-09-15): 5 M probes × 5 M rows with 50 keys (here
// as DuckDB makes the tables, stored in order of key and time, and in random order), and 100 k probes × 1 M rows with 100 k keys. Both
// sides have the tables in memory and all cores; each answers sum(v), and the sums must be equal. Ours starts from the same three
// columns: keys become codes, the order is found or made, the join, the sum. Median of the runs, taken in turn. The last line is
// machine-readable.

#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "features/point_in_time_join.h"

namespace {

using quoin::EventTime;

void check(bool good, const std::string& message) {
    if (good) return;
    fmt::print(stderr, "{}\n", message);
    std::exit(1);
}

class Duck {
public:
    Duck() {
        check(duckdb_open(nullptr, &database_) == DuckDBSuccess && duckdb_connect(database_, &connection_) == DuckDBSuccess, "no DuckDB");
        run("PRAGMA disable_progress_bar");
    }
    ~Duck() {
        duckdb_disconnect(&connection_);
        duckdb_close(&database_);
    }
    void run(const std::string& sql) {
        duckdb_result result;
        check(duckdb_query(connection_, sql.c_str(), &result) == DuckDBSuccess, sql);
        duckdb_destroy_result(&result);
    }
    std::int64_t number(const std::string& sql) {
        duckdb_result result;
        check(duckdb_query(connection_, sql.c_str(), &result) == DuckDBSuccess, sql);
        auto value = duckdb_value_int64(&result, 0, 0);
        duckdb_destroy_result(&result);
        return value;
    }
    /// Columns of BIGINT.
    std::vector<std::vector<std::int64_t>> columns(const std::string& sql) {
        duckdb_result result;
        check(duckdb_query(connection_, sql.c_str(), &result) == DuckDBSuccess, sql);
        std::vector<std::vector<std::int64_t>> columns(duckdb_column_count(&result));
        while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result)) {
            for (std::size_t i = 0; i < columns.size(); ++i) {
                auto* data = static_cast<std::int64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, i)));
                columns[i].insert(columns[i].end(), data, data + duckdb_data_chunk_get_size(chunk));
            }
            duckdb_destroy_data_chunk(&chunk);
        }
        duckdb_destroy_result(&result);
        return columns;
    }

private:
    duckdb_database database_ = nullptr;
    duckdb_connection connection_ = nullptr;
};

struct Side {
    std::vector<std::int64_t> keys, values;
    std::vector<EventTime> times;
};

Side side_of(Duck& duck, const std::string& table, bool has_values) {
    auto columns = duck.columns(fmt::format("SELECT k::BIGINT, epoch_us(t){} FROM {}", has_values ? ", v::BIGINT" : "", table));
    Side side{.keys = std::move(columns[0]), .values = {}, .times = {}};
    for (auto time : columns[1]) side.times.emplace_back(time);
    if (has_values) side.values = std::move(columns[2]);
    return side;
}

std::int64_t our_sum(const Side& probe, const Side& build) {
    quoin::DenseCodes codes;
    auto entities = codes.add(build.keys);
    auto index = quoin::PointInTimeIndex::make({entities, build.times, {}, {}, codes.size()});
    check(index.has_value(), "no index");
    auto asked = codes.find(probe.keys, quoin::thread_count());
    auto answers = index->answer({asked, probe.times});
    check(answers.has_value(), "no answers");
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < answers->size; ++i)
        if (answers->has_row(i)) sum += build.values[answers->rows[i]];
    return sum;
}

double seconds(const std::function<void()>& work) {
    auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> times) {
    std::ranges::sort(times);
    return times[times.size() / 2];
}

std::string race(Duck& duck, const std::string& name, int runs) {
    Side probe = side_of(duck, "probe", false), build = side_of(duck, "build", true);
    std::vector<double> ours, theirs;
    std::int64_t our_answer = 0, their_answer = 0;
    for (int i = 0; i < runs; ++i) {
        theirs.push_back(seconds([&] { their_answer = duck.number("SELECT sum(v)::BIGINT FROM probe ASOF JOIN build USING (k, t)"); }));
        ours.push_back(seconds([&] { our_answer = our_sum(probe, build); }));
        check(our_answer == their_answer, fmt::format("{}: {} and {} differ", name, our_answer, their_answer));
    }
    fmt::print("{:<10} ours {:7.1f} ms   DuckDB {:7.1f} ms   ratio {:5.1f}\n", name, 1e3 * median(ours), 1e3 * median(theirs),
               median(theirs) / median(ours));
    return fmt::format(R"("{}": {{"ours_ms": {:.1f}, "duckdb_ms": {:.1f}, "ratio": {:.2f}}})", name, 1e3 * median(ours),
                       1e3 * median(theirs), median(theirs) / median(ours));
}

}  // namespace

int main(int count, char** words) {
    int runs = count > 1 ? std::max(1, std::atoi(words[1])) : 5;
    Duck duck;
    duck.run("CREATE TABLE build AS SELECT k, '2001-01-01 00:00:00'::TIMESTAMP + INTERVAL (v) MINUTE AS t, v "
             "FROM range(0, 100_000) vals(v), range(0, 50) keys(k)");
    duck.run("CREATE TABLE probe AS SELECT k * 2 AS k, t - INTERVAL (30) SECOND AS t FROM build");
    std::vector<std::string> lines;
    lines.push_back(race(duck, "as_made", runs));
    for (const char* table : {"build", "probe"})
        duck.run(fmt::format("CREATE OR REPLACE TABLE {0} AS SELECT * FROM {0} ORDER BY k, t", table));
    lines.push_back(race(duck, "in_order", runs));
    duck.run("SELECT setseed(0.25)");
    for (const char* table : {"build", "probe"})
        duck.run(fmt::format("CREATE OR REPLACE TABLE {0} AS SELECT * FROM {0} ORDER BY random()", table));
    lines.push_back(race(duck, "unsorted", runs));
    duck.run("CREATE OR REPLACE TABLE probe AS SELECT k, '2021-01-01T00:00:00'::TIMESTAMP + INTERVAL (random() * 60 * 60 * 24 * 365) "
             "SECOND AS t "
             "FROM range(0, 100_000) tbl(k)");
    duck.run("CREATE OR REPLACE TABLE build AS SELECT r % 100_000 AS k, "
             "'2021-01-01T00:00:00'::TIMESTAMP + INTERVAL (random() * 60 * 60 * 24 * 365) SECOND AS t, (random() * 100_000)::INTEGER AS v "
             "FROM range(0, 1_000_000) tbl(r)");
    lines.push_back(race(duck, "many_keys", runs));
    fmt::print(R"({{"bench": "point_in_time_join", "runs": {}, "threads": {}, {}}})"
               "\n",
               runs, quoin::thread_count(), fmt::join(lines, ", "));
}
