#include "table/query_engine.h"

#include <duckdb.h>

#include <cstring>

namespace quoin {

struct QueryEngine::State {
    duckdb_database database = nullptr;
    duckdb_connection connection = nullptr;
    ~State() {
        duckdb_disconnect(&connection);
        duckdb_close(&database);
    }
};

namespace {

/// Owns a C handle and gives it back with the function the API names for it.
template <class Handle, void (*Destroy)(Handle*)>
struct Owned {
    Handle handle{};
    Owned() = default;
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned() { Destroy(&handle); }
};
using OwnedResult = Owned<duckdb_result, duckdb_destroy_result>;
using OwnedStatement = Owned<duckdb_prepared_statement, duckdb_destroy_prepare>;
using OwnedChunk = Owned<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using OwnedPending = Owned<duckdb_pending_result, duckdb_destroy_pending>;
using OwnedExtracted = Owned<duckdb_extracted_statements, duckdb_destroy_extracted>;

tl::unexpected<Error> failure(const char* message) { return fail(ErrorKind::invalid, "{}", message == nullptr ? "unknown error" : message); }

std::string_view text_at(duckdb_vector vector, idx_t row) {
    auto* strings = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
    const auto& text = strings[row];
    if (duckdb_string_is_inlined(text)) return {text.value.inlined.inlined, text.value.inlined.length};
    return {text.value.pointer.ptr, text.value.pointer.length};
}

void fill(TextRows& rows, duckdb_data_chunk chunk) {
    rows.rows = duckdb_data_chunk_get_size(chunk);
    for (idx_t column = 0; column < rows.columns.size(); ++column) {
        auto vector = duckdb_data_chunk_get_vector(chunk, column);
        auto* valid = duckdb_vector_get_validity(vector);
        auto& texts = rows.columns[column];
        texts.assign(rows.rows, std::nullopt);
        for (idx_t row = 0; row < rows.rows; ++row)
            if (valid == nullptr || duckdb_validity_row_is_valid(valid, row)) texts[row] = text_at(vector, row);
    }
}

}  // namespace

QueryEngine::QueryEngine(std::unique_ptr<State> state) : state_(std::move(state)) {}
QueryEngine::QueryEngine(QueryEngine&&) noexcept = default;
QueryEngine& QueryEngine::operator=(QueryEngine&&) noexcept = default;
QueryEngine::~QueryEngine() = default;

Result<QueryEngine> QueryEngine::open() {
    auto state = std::make_unique<State>();
    if (duckdb_open(nullptr, &state->database) != DuckDBSuccess || duckdb_connect(state->database, &state->connection) != DuckDBSuccess)
        return fail(ErrorKind::internal, "the table engine could not start");
    QueryEngine engine(std::move(state));
    for (const char* setting : {"SET autoinstall_known_extensions=false", "SET autoload_known_extensions=false", "SET allow_community_extensions=false",
                                "SET TimeZone='UTC'", "SET lock_configuration=true"})
        TRY_VOID(engine.execute(setting));
    return engine;
}

Status QueryEngine::execute(const std::string& sql) {
    OwnedResult result;
    if (duckdb_query(state_->connection, sql.c_str(), &result.handle) != DuckDBSuccess) return failure(duckdb_result_error(&result.handle));
    return {};
}

Status QueryEngine::check_is_select(const std::string& sql) {
    OwnedExtracted extracted;
    auto count = duckdb_extract_statements(state_->connection, sql.c_str(), &extracted.handle);
    if (count == 0) return failure(duckdb_extract_statements_error(extracted.handle));
    if (count != 1) return fail(ErrorKind::invalid, "the query holds {} statements; one SELECT is accepted", count);
    OwnedStatement statement;
    if (duckdb_prepare_extracted_statement(state_->connection, extracted.handle, 0, &statement.handle) != DuckDBSuccess)
        return failure(duckdb_prepare_error(statement.handle));
    if (duckdb_prepared_statement_type(statement.handle) != DUCKDB_STATEMENT_TYPE_SELECT)
        return fail(ErrorKind::invalid, "only SELECT is accepted as a source of rows");
    return {};
}

Status QueryEngine::stream(const std::string& select, const std::function<Status(const TextRows&)>& consume) {
    auto sql = fmt::format("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({})", select);
    OwnedStatement statement;
    if (duckdb_prepare(state_->connection, sql.c_str(), &statement.handle) != DuckDBSuccess) return failure(duckdb_prepare_error(statement.handle));
    OwnedPending pending;
    OwnedResult result;
    if (duckdb_pending_prepared_streaming(statement.handle, &pending.handle) != DuckDBSuccess) return failure(duckdb_pending_error(pending.handle));
    if (duckdb_execute_pending(pending.handle, &result.handle) != DuckDBSuccess) return failure(duckdb_result_error(&result.handle));
    TextRows rows;
    for (idx_t column = 0; column < duckdb_column_count(&result.handle); ++column)
        rows.names.emplace_back(duckdb_column_name(&result.handle, column));
    rows.columns.resize(rows.names.size());
    TRY_VOID(consume(rows));  // the names reach the consumer even when there is no row
    for (;;) {
        OwnedChunk chunk;
        chunk.handle = duckdb_fetch_chunk(result.handle);
        if (chunk.handle == nullptr || duckdb_data_chunk_get_size(chunk.handle) == 0) break;
        fill(rows, chunk.handle);
        TRY_VOID(consume(rows));
    }
    if (const char* message = duckdb_result_error(&result.handle); message != nullptr && *message != '\0') return failure(message);
    return {};
}

std::string sql_text(std::string_view text) {
    std::string quoted = "'";
    for (char c : text) {
        quoted += c;
        if (c == '\'') quoted += c;
    }
    return quoted + "'";
}

std::string sql_path(std::string_view path) {
    std::string literal;
    for (char c : path) {
        if (c == '*' || c == '?' || c == '[') {
            literal += '[';
            literal += c;
            literal += ']';
        } else {
            literal += c;
        }
    }
    return sql_text(literal);
}

}  // namespace quoin
