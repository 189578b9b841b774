#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace quoin {

/// Some rows of a query's answer, every value as text; nothing is SQL null. Views are valid during the call that hands them out.
struct TextRows {
    std::vector<std::string> names;
    std::vector<std::vector<std::optional<std::string_view>>> columns;
    std::size_t rows = 0;
};

/// One embedded DuckDB connection with extensions, network and configuration changes locked. Not thread-safe; make one per use.
class QueryEngine {
public:
    static Result<QueryEngine> open();
    QueryEngine(QueryEngine&&) noexcept;
    QueryEngine& operator=(QueryEngine&&) noexcept;
    ~QueryEngine();

    /// Streams the answer of one statement with every column cast to text, in order. The error's message is DuckDB's own.
    Status stream(const std::string& select, const std::function<Status(const TextRows&)>& consume);
    /// Error: invalid, unless `sql` is exactly one SELECT.
    Status check_is_select(const std::string& sql);
    Status execute(const std::string& sql);

private:
    struct State;
    explicit QueryEngine(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// A text as an SQL literal; a path also with DuckDB's glob characters taken literally.
std::string sql_text(std::string_view text);
std::string sql_path(std::string_view path);

}  // namespace quoin
