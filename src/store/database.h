#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace quoin {

/// One SQL value: null, integer, real or text.
using SqlValue = std::variant<std::nullptr_t, std::int64_t, double, std::string>;

/// One result row, addressed by column position. Wrong kinds are converted the way SQLite does.
class SqlRow {
public:
    std::vector<SqlValue> values;
    std::int64_t integer(std::size_t column) const;
    double real(std::size_t column) const;
    std::string text(std::size_t column) const;
    bool is_null(std::size_t column) const;
};

/// One step of the schema. Forward only; the set that ran is kept in the table `migrations` with a checksum of its text.
struct Migration {
    std::string name;  ///< e.g. "registry/001_versions"; unique, runs in the order given
    std::string sql;
};

/// The embedded relational store for metadata: one SQLite file in WAL mode with synchronous=FULL, so that what a committed transaction
/// wrote survives a crash. One writer at a time (waits up to 10 s), many readers, across threads and processes. Thread-safe: calls are
/// serialised on an internal mutex; open a second Database for parallel reading.
class Database {
public:
    static Result<Database> open(const std::filesystem::path& file);
    static Result<Database> in_memory();
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    /// Runs those migrations that have not run yet, each in its own transaction. Error: corrupt, if one that ran has another text now.
    Status migrate(std::span<const Migration> migrations);
    /// Runs one statement with bound parameters (?1 …). Error: conflict (a constraint), unavailable (locked, disk), internal (bad SQL).
    Status execute(std::string_view sql, std::vector<SqlValue> parameters = {});
    Result<std::vector<SqlRow>> query(std::string_view sql, std::vector<SqlValue> parameters = {});
    /// Runs `body` inside BEGIN IMMEDIATE … COMMIT; any error or exception rolls everything back and is returned.
    Status transaction(const std::function<Status()>& body);

private:
    struct State;
    explicit Database(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
