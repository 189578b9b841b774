#include "store/database.h"

#include <sqlite3.h>

#include <cassert>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/digest.h"

namespace quoin {
namespace {

constexpr int busy_wait_ms = 10'000;
constexpr std::size_t cached_statements_max = 128;

struct StatementCloser {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, StatementCloser>;

ErrorKind kind_of(int code) {
    switch (code & 0xff) {
        case SQLITE_CONSTRAINT: return ErrorKind::conflict;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return ErrorKind::corrupt;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_CANTOPEN:
        case SQLITE_IOERR:
        case SQLITE_READONLY:
        case SQLITE_FULL: return ErrorKind::unavailable;
        default: return ErrorKind::internal;
    }
}

void bind(sqlite3_stmt* statement, int position, const SqlValue& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        sqlite3_bind_int64(statement, position, *integer);
    } else if (const auto* real = std::get_if<double>(&value)) {
        sqlite3_bind_double(statement, position, *real);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
        sqlite3_bind_text64(statement, position, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    } else {
        sqlite3_bind_null(statement, position);
    }
}

SqlValue column_value(sqlite3_stmt* statement, int column) {
    switch (sqlite3_column_type(statement, column)) {
        case SQLITE_INTEGER: return static_cast<std::int64_t>(sqlite3_column_int64(statement, column));
        case SQLITE_FLOAT: return sqlite3_column_double(statement, column);
        case SQLITE_NULL: return nullptr;
        default: {
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
            return text == nullptr ? std::string() : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
        }
    }
}

/// The way SQLite converts: cut, and held within the range.
std::int64_t whole(double real) {
    constexpr double bound = 9223372036854775808.0;  // 2^63
    if (std::isnan(real)) return 0;
    if (real >= bound) return std::numeric_limits<std::int64_t>::max();
    if (real < -bound) return std::numeric_limits<std::int64_t>::min();
    return static_cast<std::int64_t>(real);
}

bool is_blank(std::string_view sql) { return sql.find_first_not_of(" \t\r\n;") == std::string_view::npos; }

}  // namespace

struct Database::State {
    sqlite3* handle = nullptr;
    std::string name;
    std::recursive_mutex mutex;
    bool in_transaction = false;
    std::unordered_map<std::string, Statement> statements;

    ~State() {
        statements.clear();
        sqlite3_close_v2(handle);
    }

    tl::unexpected<Error> failure(std::string_view doing) const {
        return fail(kind_of(sqlite3_extended_errcode(handle)), "the database '{}' could not {}: {}", name, doing, sqlite3_errmsg(handle));
    }

    Status run_script(const std::string& sql) {
        if (sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return failure("run a statement");
        return {};
    }

    /// A compiled statement, kept for the next time.
    Result<sqlite3_stmt*> prepared(std::string_view sql) {
        std::string text(sql);
        if (auto found = statements.find(text); found != statements.end()) return found->second.get();
        sqlite3_stmt* raw = nullptr;
        const char* rest = nullptr;
        auto size = static_cast<int>(text.size());
        if (sqlite3_prepare_v3(handle, text.data(), size, SQLITE_PREPARE_PERSISTENT, &raw, &rest) != SQLITE_OK)
            return failure("prepare a statement");
        Statement statement(raw);
        if (statement == nullptr || !is_blank(rest)) return fail(ErrorKind::internal, "one SQL statement was expected: {}", text);
        if (statements.size() >= cached_statements_max) statements.clear();
        return statements.emplace(std::move(text), std::move(statement)).first->second.get();
    }

    Result<std::vector<SqlRow>> run(std::string_view sql, const std::vector<SqlValue>& parameters) {
        std::lock_guard lock(mutex);
        TRY(statement, prepared(sql));
        if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)) != parameters.size())
            return fail(ErrorKind::internal, "the statement takes {} parameters and got {}: {}", sqlite3_bind_parameter_count(statement),
                        parameters.size(), sql);
        for (std::size_t i = 0; i < parameters.size(); ++i) bind(statement, static_cast<int>(i + 1), parameters[i]);
        std::vector<SqlRow> rows;
        int code;
        while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
            auto& row = rows.emplace_back();
            for (int column = 0; column < sqlite3_column_count(statement); ++column) row.values.push_back(column_value(statement, column));
        }
        std::optional<Error> error;
        if (code != SQLITE_DONE) error = failure("run a statement").value();
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        if (error) return tl::unexpected(std::move(*error));
        return rows;
    }

    /// Two processes that open a new file at once may both want to switch it to WAL; SQLite then refuses one without waiting.
    Status use_write_ahead_log(bool in_memory) {
        auto last_try = std::chrono::steady_clock::now() + std::chrono::milliseconds(busy_wait_ms);
        for (;;) {
            auto mode = run("PRAGMA journal_mode = WAL", {});
            if (mode) {
                if (in_memory || (mode->size() == 1 && mode->front().text(0) == "wal")) return {};
                return fail(ErrorKind::unavailable, "the database '{}' cannot use a write-ahead log on this disk", name);
            }
            if (mode.error().kind != ErrorKind::unavailable || std::chrono::steady_clock::now() > last_try)
                return tl::unexpected(mode.error());
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }
};

std::int64_t SqlRow::integer(std::size_t column) const {
    assert(column < values.size());
    const auto& value = values[column];
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
    if (const auto* real = std::get_if<double>(&value)) return whole(*real);
    if (const auto* text = std::get_if<std::string>(&value)) return std::strtoll(text->c_str(), nullptr, 10);
    return 0;
}

double SqlRow::real(std::size_t column) const {
    assert(column < values.size());
    const auto& value = values[column];
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
    if (const auto* real = std::get_if<double>(&value)) return *real;
    if (const auto* text = std::get_if<std::string>(&value)) return std::strtod(text->c_str(), nullptr);
    return 0;
}

std::string SqlRow::text(std::size_t column) const {
    assert(column < values.size());
    const auto& value = values[column];
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return fmt::to_string(*integer);
    if (const auto* real = std::get_if<double>(&value))
        return *real == std::floor(*real) && std::abs(*real) < 1e15 ? fmt::format("{:.1f}", *real) : fmt::format("{}", *real);
    return {};
}

bool SqlRow::is_null(std::size_t column) const {
    assert(column < values.size());
    return std::holds_alternative<std::nullptr_t>(values[column]);
}

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(const std::filesystem::path& file) {
    auto state = std::make_unique<State>();
    state->name = file.string();
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
    if (sqlite3_open_v2(state->name.c_str(), &state->handle, flags, nullptr) != SQLITE_OK) return state->failure("be opened");
    sqlite3_extended_result_codes(state->handle, 1);
    sqlite3_busy_timeout(state->handle, busy_wait_ms);
    sqlite3_db_config(state->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    TRY_VOID(state->use_write_ahead_log(file == ":memory:"));
    TRY_VOID(state->run_script("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF"));
    return Database(std::move(state));
}

Result<Database> Database::in_memory() { return open(":memory:"); }

Status Database::migrate(std::span<const Migration> migrations) {
    TRY_VOID(execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, checksum TEXT NOT NULL, "
                     "ran_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)"));
    for (const auto& migration : migrations) {
        auto checksum = sha256_hex(migration.sql);
        TRY_VOID(transaction([&]() -> Status {
            TRY(known, query("SELECT checksum FROM migrations WHERE name = ?1", {migration.name}));
            if (!known.empty()) {
                if (known.front().text(0) == checksum) return {};
                return fail(ErrorKind::corrupt,
                            "migration '{}' of '{}' has another text than when it ran; migrations are never edited, only added",
                            migration.name, state_->name);
            }
            TRY_VOID(state_->run_script(migration.sql));
            return execute("INSERT INTO migrations (name, checksum) VALUES (?1, ?2)", {migration.name, checksum});
        }));
    }
    return {};
}

Status Database::execute(std::string_view sql, std::vector<SqlValue> parameters) {
    TRY_VOID(state_->run(sql, parameters).map([](auto&&) {}));
    return {};
}

Result<std::vector<SqlRow>> Database::query(std::string_view sql, std::vector<SqlValue> parameters) { return state_->run(sql, parameters); }

Status Database::transaction(const std::function<Status()>& body) {
    std::lock_guard lock(state_->mutex);
    if (state_->in_transaction) return fail(ErrorKind::internal, "a transaction was started within a transaction");
    TRY_VOID(state_->run_script("BEGIN IMMEDIATE"));
    state_->in_transaction = true;
    Status outcome;
    try {
        outcome = body();
    } catch (const std::exception& thrown) {
        outcome = fail(ErrorKind::internal, "a transaction was abandoned: {}", thrown.what());
    } catch (...) {
        outcome = fail(ErrorKind::internal, "a transaction was abandoned by an exception that has no text");
    }
    state_->in_transaction = false;
    bool is_open = sqlite3_get_autocommit(state_->handle) == 0;  // SQLite itself rolls back when the disk is full, for one
    if (outcome && !is_open) outcome = fail(ErrorKind::internal, "a transaction was ended from within");
    if (outcome) outcome = state_->run_script("COMMIT");
    if (!outcome && sqlite3_get_autocommit(state_->handle) == 0) (void)state_->run_script("ROLLBACK");
    return outcome;
}

}  // namespace quoin
