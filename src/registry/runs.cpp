#include <map>
#include <set>

#include "base/digest.h"
#include "registry/metric_column.h"
#include "registry/names.h"
#include "registry/registry.h"

namespace quoin {
namespace {

constexpr const char* run_columns = "id, model, started, ended, status";

Run from_row(const SqlRow& row) {
    Run run;
    run.id = row.text(0);
    run.model = row.text(1);
    run.started = EventTime{row.integer(2)};
    if (!row.is_null(3)) run.ended = EventTime{row.integer(3)};
    run.status = row.text(4);
    return run;
}

/// Adds parameters, metrics and artifacts to the runs; `filter` chooses them by the columns of the table `runs`.
Status add_values(Database& database, std::map<std::string, Run*>& runs, const std::string& filter, const std::string& argument) {
    auto select = [&](const char* column, const char* table) {
        return database.query(
            fmt::format("SELECT run_id, name, {} FROM {} JOIN runs ON runs.id = run_id WHERE {} ORDER BY run_id, position", column, table,
                        filter),
            {argument});
    };
    TRY(parameters, select("value", "run_parameters"));
    TRY(metrics, select("value", "run_metrics"));
    TRY(artifacts, select("digest", "run_artifacts"));
    for (const SqlRow& row : parameters)
        if (auto run = runs.find(row.text(0)); run != runs.end()) run->second->parameters.emplace_back(row.text(1), row.text(2));
    for (const SqlRow& row : metrics)
        if (auto run = runs.find(row.text(0)); run != runs.end()) run->second->metrics.push_back({row.text(1), metric_value(row, 2)});
    for (const SqlRow& row : artifacts)
        if (auto run = runs.find(row.text(0)); run != runs.end()) run->second->artifacts.emplace_back(row.text(1), row.text(2));
    return {};
}

Result<std::vector<Run>> read_runs(Database& database, const std::string& filter, const std::string& argument) {
    TRY(rows, database.query(fmt::format("SELECT {} FROM runs WHERE {} ORDER BY started, rowid", run_columns, filter), {argument}));
    std::vector<Run> runs;
    for (const SqlRow& row : rows) runs.push_back(from_row(row));
    std::map<std::string, Run*> by_id;
    for (Run& run : runs) by_id[run.id] = &run;
    TRY_VOID(add_values(database, by_id, filter, argument));
    return runs;
}

/// Error: not_found; conflict, if the run has ended and must not change any more.
Status check_running(Database& database, const std::string& run_id) {
    TRY(rows, database.query("SELECT status FROM runs WHERE id = ?1", {run_id}));
    if (rows.empty()) return fail(ErrorKind::not_found, "there is no run '{}'", shown_text(run_id));
    if (rows[0].text(0) != "running")
        return fail(ErrorKind::conflict, "run '{}' has ended ({}) and cannot change; start a new run", run_id, rows[0].text(0));
    return {};
}

/// New values come after the old ones; a value logged again keeps its place.
Result<std::int64_t> next_position(Database& database, const char* table, const std::string& run_id) {
    TRY(rows, database.query(fmt::format("SELECT coalesce(max(position), -1) + 1 FROM {} WHERE run_id = ?1", table), {run_id}));
    return rows[0].integer(0);
}

Status check_count(std::size_t count) {
    if (count <= limits::run_values_max) return {};
    return fail(ErrorKind::too_large, "{} values were logged at once; the limit is {}", count, limits::run_values_max);
}

}  // namespace

Result<std::string> Registry::start_run(const std::string& model, std::vector<std::pair<std::string, std::string>> parameters) {
    TRY_VOID(check_name("model", model));
    TRY_VOID(check_count(parameters.size()));
    std::set<std::string> names;
    for (const auto& [name, value] : parameters) {
        TRY_VOID(check_name("parameter", name));
        if (!names.insert(name).second) return fail_field(ErrorKind::invalid, "parameter", "the parameter '{}' is given twice", name);
    }
    std::string id = random_hex_id();
    TRY_VOID(database_->transaction([&]() -> Status {
        TRY_VOID(database_->execute("INSERT INTO runs (id, model, started, status) VALUES (?1, ?2, ?3, 'running')",
                                    {id, model, clock_->now().value()}));
        std::int64_t position = 0;
        for (const auto& [name, value] : parameters)
            TRY_VOID(database_->execute("INSERT INTO run_parameters (run_id, position, name, value) VALUES (?1, ?2, ?3, ?4)",
                                        {id, position++, name, value}));
        return {};
    }));
    return id;
}

Status Registry::log_metrics(const std::string& run_id, const std::vector<NamedValue>& metrics) {
    TRY_VOID(check_count(metrics.size()));
    for (const NamedValue& metric : metrics) TRY_VOID(check_name("metric", metric.name));
    return database_->transaction([&]() -> Status {
        TRY_VOID(check_running(*database_, run_id));
        TRY(position, next_position(*database_, "run_metrics", run_id));
        for (const NamedValue& metric : metrics) {
            TRY_VOID(database_->execute("INSERT INTO run_metrics (run_id, position, name, value) VALUES (?1, ?2, ?3, ?4) "
                                        "ON CONFLICT (run_id, name) DO UPDATE SET value = excluded.value",
                                        {run_id, position++, metric.name, metric_column(metric.value)}));
        }
        return {};
    });
}

Result<std::string> Registry::log_artifact(const std::string& run_id, const std::string& name, std::span<const std::byte> bytes) {
    TRY_VOID(check_name("artifact", name));
    TRY_VOID(check_running(*database_, run_id));
    // The blob first: a crash in between leaves a blob that nobody names, never a name without its blob.
    TRY(digest, blobs_->put(bytes));
    TRY_VOID(database_->transaction([&]() -> Status {
        TRY_VOID(check_running(*database_, run_id));
        TRY(position, next_position(*database_, "run_artifacts", run_id));
        return database_->execute("INSERT INTO run_artifacts (run_id, position, name, digest) VALUES (?1, ?2, ?3, ?4) "
                                  "ON CONFLICT (run_id, name) DO UPDATE SET digest = excluded.digest",
                                  {run_id, position, name, digest});
    }));
    return std::move(digest);
}

Status Registry::finish_run(const std::string& run_id, bool succeeded) {
    return database_->transaction([&]() -> Status {
        TRY_VOID(check_running(*database_, run_id));
        return database_->execute("UPDATE runs SET ended = ?2, status = ?3 WHERE id = ?1",
                                  {run_id, clock_->now().value(), std::string(succeeded ? "finished" : "failed")});
    });
}

Result<Run> Registry::run(const std::string& run_id) const {
    TRY(found, read_runs(*database_, "runs.id = ?1", run_id));
    if (found.empty()) return fail(ErrorKind::not_found, "there is no run '{}'", shown_text(run_id));
    return std::move(found[0]);
}

Result<std::vector<Run>> Registry::runs(const std::string& model) const { return read_runs(*database_, "runs.model = ?1", model); }

}  // namespace quoin
