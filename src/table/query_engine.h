#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "table/row_source.h"

namespace quoin {

/// One embedded DuckDB with nothing in it: no extensions beyond the built-in ones, no network, settings locked. Thread-compatible: one user
/// at a time. Messages of errors are one sentence of DuckDB's, without SQL.
class QueryEngine {
public:
    static Result<QueryEngine> open();
    QueryEngine(QueryEngine&&) noexcept;
    QueryEngine& operator=(QueryEngine&&) noexcept;
    ~QueryEngine();

    /// Runs a statement of our own, for its effect.
    Status execute(const std::string& sql);
    /// Error: invalid, unless a user's `sql` is exactly one SELECT and calls no table function but those that read files or make rows.
    Status check_is_select(const std::string& sql);
    /// What `select` answers with.
    Result<std::vector<SourceColumn>> columns_of(const std::string& select);
    /// Streams `select`, of which the columns were told by columns_of, with bounded memory and in order. `json_cells`: they are JSON
    /// values.
    struct Selection {
        std::string select;
        std::vector<SourceColumn> columns;
        bool json_cells = false;
    };
    Status stream(const Selection& selection, const std::function<Status(const RowBatch&)>& consume);
    /// Appends the table's rows to a table of the engine with columns c0, c1, … of types DOUBLE, TIMESTAMP and VARCHAR.
    Status append(const std::string& engine_table, const Table& rows);

private:
    struct State;
    explicit QueryEngine(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
