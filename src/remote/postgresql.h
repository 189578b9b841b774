#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/result.h"

namespace quoin {

/// A value as PostgreSQL writes it in text; nothing is NULL.
using PostgresqlValue = std::optional<std::string>;

/// What a query answers, row by row.
struct PostgresqlRows {
    std::vector<std::string> columns;
    std::vector<std::vector<PostgresqlValue>> rows;
    std::size_t affected = 0;  ///< rows inserted, changed or deleted
};

/// bytea in text form (\x…) and back. Error: corrupt, if the text is none.
std::string bytea_text(std::string_view bytes);
Result<std::string> bytea_bytes(std::string_view text);

/// A client of one PostgreSQL database (12 or later). It connects at the first call, and again after the connection was lost: outside a
/// transaction the next call does, within one the rest of it fails. While the server is away, calls fail at once, except for an attempt now
/// and then (up to `pause_max` apart). TLS, authorities and login are what the connection text says (sslmode=verify-full, sslrootcert,
/// passfile …). Thread-safe: one call at a time.
class Postgresql {
public:
    struct Options {
        std::string connection = "host=127.0.0.1 dbname=quoin";  ///< key=value words, or postgresql://…
        Duration connect_timeout = Duration::seconds(5);
        Duration timeout = Duration::seconds(30);  ///< of one statement, or of one step of a COPY; the server is told to stop it
        Duration pause_max = Duration::seconds(1);
        std::size_t answer_bytes_max = 512u << 20;
    };
    /// Error: invalid, if the connection text is none.
    static Result<Postgresql> make(Options options);
    Postgresql(Postgresql&&) noexcept;
    Postgresql& operator=(Postgresql&&) noexcept;
    ~Postgresql();

    /// One statement with parameters $1 … (sent apart from it, so that nothing in them is ever SQL). Error: unavailable (no server,
    /// time-out, shutting down, disk full, too many connections, serialization failure or deadlock: try again), conflict (a constraint),
    /// not_found (no such table or column), too_large (answer_bytes_max), invalid (other errors of the statement).
    Result<PostgresqlRows> run(std::string_view sql, std::span<const PostgresqlValue> parameters = {});
    Result<PostgresqlRows> run(std::string_view sql, std::initializer_list<PostgresqlValue> parameters) {
        return run(sql, std::span(parameters.begin(), parameters.size()));
    }

    /// COPY `target` (a table, or table (columns)) FROM STDIN. `next` writes the next row into its argument, which is reused, and answers
    /// false at the end; an error of it undoes the whole. Returns how many rows were taken.
    using Row = std::vector<PostgresqlValue>;
    Result<std::size_t> copy_in(std::string_view target, const std::function<Result<bool>(Row&)>& next);
    /// COPY `source` (a table, or a SELECT in parentheses) TO STDOUT, row by row; an error of `visit` ends it and is returned.
    Status copy_out(std::string_view source, const std::function<Status(const Row&)>& visit);

    /// BEGIN … COMMIT around `body`, which calls run() and copy_…() of this object; an error or exception rolls back and is returned. Other
    /// threads wait. If the connection breaks during COMMIT, nobody knows whether it happened: `unavailable` says so.
    Status transaction(const std::function<Status()>& body);

    /// host:port/database, without secrets.
    const std::string& where() const;

private:
    struct State;
    explicit Postgresql(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// One row in the text format of COPY, with its line end; the way back refuses what is none (corrupt).
void append_copy_row(std::string& out, std::span<const PostgresqlValue> row);
Status parse_copy_row(std::string_view line, std::vector<PostgresqlValue>& row);

}  // namespace quoin
