#include "table/query_engine.h"

#include <duckdb.h>

#include <algorithm>
#include <array>

#include "base/parallel.h"
#include "table/value_text.h"

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
    explicit Owned(Handle made) : handle(made) {}
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned() { Destroy(&handle); }
};
using OwnedConfig = Owned<duckdb_config, duckdb_destroy_config>;
using OwnedResult = Owned<duckdb_result, duckdb_destroy_result>;
using OwnedStatement = Owned<duckdb_prepared_statement, duckdb_destroy_prepare>;
using OwnedChunk = Owned<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using OwnedPending = Owned<duckdb_pending_result, duckdb_destroy_pending>;
using OwnedType = Owned<duckdb_logical_type, duckdb_destroy_logical_type>;

void destroy_appender(duckdb_appender* appender) { duckdb_appender_destroy(appender); }
using OwnedAppender = Owned<duckdb_appender, destroy_appender>;

/// Table functions that a user's SELECT may call. Others write files (enable_logging), run further SQL (query) or read memory (arrow_scan).
constexpr std::array<std::string_view, 13> table_functions = {
    "generate_series", "json_each",      "json_tree",   "parquet_scan",     "range",        "read_csv", "read_csv_auto",
    "read_json",       "read_json_auto", "read_ndjson", "read_ndjson_auto", "read_parquet", "unnest"};

/// The first line of DuckDB's message without its kind ("Binder Error: "), its list of remedies and the full stop: the rest is SQL.
std::string sentence(const char* message) {
    std::string_view text = message == nullptr ? "" : message;
    text = text.substr(0, text.find('\n'));
    for (auto kind = text.find("Error: "); kind != std::string_view::npos && kind < 40; kind = text.find("Error: "))
        text.remove_prefix(kind + 7);
    while (!text.empty() && (text.back() == '.' || text.back() == ' ' || text.back() == '!')) text.remove_suffix(1);
    return text.empty() ? "no reason was given" : std::string(text);
}

tl::unexpected<Error> failure(const char* message) {
    std::string_view text = message == nullptr ? "" : message;
    bool no_file = text.starts_with("IO Error: No files found") || text.find("No such file") != std::string_view::npos;
    auto kind = no_file                             ? ErrorKind::not_found
                : text.starts_with("IO Error")      ? ErrorKind::unavailable
                : text.starts_with("Out of Memory") ? ErrorKind::too_large
                : text.starts_with("INTERNAL")      ? ErrorKind::internal
                                                    : ErrorKind::invalid;
    return fail(kind, "{}", sentence(message));
}

/// What a column of this type becomes. Whole numbers of 64 bits and more go through text, where one that no double can hold makes a
/// category.
ColumnKind kind_of(duckdb_logical_type type) {
    switch (duckdb_get_type_id(type)) {
        case DUCKDB_TYPE_BOOLEAN:
        case DUCKDB_TYPE_TINYINT:
        case DUCKDB_TYPE_SMALLINT:
        case DUCKDB_TYPE_INTEGER:
        case DUCKDB_TYPE_UTINYINT:
        case DUCKDB_TYPE_USMALLINT:
        case DUCKDB_TYPE_UINTEGER:
        case DUCKDB_TYPE_FLOAT:
        case DUCKDB_TYPE_DOUBLE: return ColumnKind::number;
        case DUCKDB_TYPE_DECIMAL: return duckdb_decimal_width(type) <= 15 ? ColumnKind::number : ColumnKind::category;
        case DUCKDB_TYPE_DATE:
        case DUCKDB_TYPE_TIMESTAMP:
        case DUCKDB_TYPE_TIMESTAMP_S:
        case DUCKDB_TYPE_TIMESTAMP_MS:
        case DUCKDB_TYPE_TIMESTAMP_NS:
        case DUCKDB_TYPE_TIMESTAMP_TZ: return ColumnKind::time;
        default: return ColumnKind::category;
    }
}

/// The selection with its columns cast to the three types that fill() reads. The line end keeps a comment at the query's end apart.
std::string cast_select(const QueryEngine::Selection& selection) {
    std::string casts, names;
    for (std::size_t j = 0; j < selection.columns.size(); ++j) {
        auto kind = selection.columns[j].kind;
        const char* separator = j == 0 ? "" : ", ";
        names += fmt::format("{}c{}", separator, j);
        if (selection.json_cells) {
            casts += fmt::format("{}c{} ->> '$'", separator, j);
        } else {
            auto type = kind == ColumnKind::number ? "DOUBLE" : kind == ColumnKind::time ? "TIMESTAMP" : "VARCHAR";
            casts += fmt::format("{}CAST(c{} AS {})", separator, j, type);
        }
    }
    return fmt::format("SELECT {} FROM ({}\n) AS rows_of({})", casts, selection.select, names);
}

std::string_view text_at(const duckdb_string_t& text) {
    if (duckdb_string_is_inlined(text)) return {text.value.inlined.inlined, text.value.inlined.length};
    return {text.value.pointer.ptr, text.value.pointer.length};
}

void fill(RowBatch& batch, const QueryEngine::Selection& selection, duckdb_data_chunk chunk) {
    batch.rows = duckdb_data_chunk_get_size(chunk);
    for (idx_t column = 0; column < selection.columns.size(); ++column) {
        auto vector = duckdb_data_chunk_get_vector(chunk, column);
        auto* valid = duckdb_vector_get_validity(vector);
        auto is_valid = [&](idx_t row) { return valid == nullptr || duckdb_validity_row_is_valid(valid, row); };
        auto* data = duckdb_vector_get_data(vector);
        auto& cells = batch.columns[column];
        switch (selection.columns[column].kind) {
            case ColumnKind::number: cells.numbers.assign(batch.rows, std::numeric_limits<double>::quiet_NaN()); break;
            case ColumnKind::time: cells.times.assign(batch.rows, EventTime::missing()); break;
            case ColumnKind::category: cells.texts.assign(batch.rows, {}); break;
        }
        for (idx_t row = 0; row < batch.rows; ++row) {
            if (!is_valid(row)) continue;
            switch (selection.columns[column].kind) {
                case ColumnKind::number: cells.numbers[row] = static_cast<const double*>(data)[row]; break;
                case ColumnKind::time: cells.times[row] = EventTime{static_cast<const duckdb_timestamp*>(data)[row].micros}; break;
                case ColumnKind::category: cells.texts[row] = text_at(static_cast<const duckdb_string_t*>(data)[row]); break;
            }
        }
    }
}

/// Rows [first, first + rows of the chunk) of a column into a vector of the type that write_parquet declares for its kind.
Status fill_vector(duckdb_vector vector, const Column& column, idx_t first, idx_t rows) {
    duckdb_vector_ensure_validity_writable(vector);
    auto* valid = duckdb_vector_get_validity(vector);
    auto* data = duckdb_vector_get_data(vector);
    for (idx_t row = 0; row < rows; ++row) {
        bool present = !column.is_missing(first + row);
        duckdb_validity_set_row_validity(valid, row, present);
        if (!present) continue;
        if (column.kind() == ColumnKind::number) {
            static_cast<double*>(data)[row] = column.numbers()[first + row];
        } else if (column.kind() == ColumnKind::time) {
            static_cast<duckdb_timestamp*>(data)[row].micros = column.times()[first + row].value();
        } else {
            const auto& level = column.categories().levels[static_cast<std::size_t>(column.categories().codes[first + row])];
            duckdb_vector_assign_string_element_len(vector, row, level.data(), level.size());
        }
    }
    return {};
}

}  // namespace

QueryEngine::QueryEngine(std::unique_ptr<State> state) : state_(std::move(state)) {}
QueryEngine::QueryEngine(QueryEngine&&) noexcept = default;
QueryEngine& QueryEngine::operator=(QueryEngine&&) noexcept = default;
QueryEngine::~QueryEngine() = default;

Result<QueryEngine> QueryEngine::open() {
    OwnedConfig config;
    duckdb_create_config(&config.handle);
    auto threads = fmt::to_string(thread_count());
    for (auto [name, value] : {std::pair("autoinstall_known_extensions", "false"), std::pair("autoload_known_extensions", "false"),
                               std::pair("allow_community_extensions", "false"), std::pair("allow_unsigned_extensions", "false"),
                               std::pair("temp_directory", ""), std::pair("threads", threads.c_str())})
        if (duckdb_set_config(config.handle, name, value) != DuckDBSuccess)
            return fail(ErrorKind::internal, "the table engine does not know the setting '{}'", name);
    auto state = std::make_unique<State>();
    char* message = nullptr;
    if (duckdb_open_ext(nullptr, &state->database, config.handle, &message) != DuckDBSuccess ||
        duckdb_connect(state->database, &state->connection) != DuckDBSuccess) {
        auto reason = sentence(message);
        duckdb_free(message);
        return fail(ErrorKind::internal, "the table engine could not start: {}", reason);
    }
    QueryEngine engine(std::move(state));
    // Without external access there is no ATTACH and no extension; allowed directories keep files readable.
    for (const char* setting :
         {"SET TimeZone = 'UTC'", "SET allowed_directories = ['/']", "SET enable_external_access = false", "SET lock_configuration = true"})
        TRY_VOID(engine.execute(setting));
    return engine;
}

Status QueryEngine::execute(const std::string& sql) {
    OwnedResult result;
    if (duckdb_query(state_->connection, sql.c_str(), &result.handle) != DuckDBSuccess) return failure(duckdb_result_error(&result.handle));
    return {};
}

Result<std::vector<SourceColumn>> QueryEngine::columns_of(const std::string& select) {
    OwnedStatement statement;
    if (duckdb_prepare(state_->connection, select.c_str(), &statement.handle) != DuckDBSuccess)
        return failure(duckdb_prepare_error(statement.handle));
    std::vector<SourceColumn> columns;
    for (idx_t column = 0; column < duckdb_prepared_statement_column_count(statement.handle); ++column) {
        OwnedType type(duckdb_prepared_statement_column_logical_type(statement.handle, column));
        const char* name = duckdb_prepared_statement_column_name(statement.handle, column);
        columns.push_back({name, kind_of(type.handle)});
        duckdb_free(const_cast<char*>(name));
    }
    return columns;
}

Status QueryEngine::stream(const Selection& selection, const std::function<Status(const RowBatch&)>& consume) {
    OwnedStatement statement;
    if (duckdb_prepare(state_->connection, cast_select(selection).c_str(), &statement.handle) != DuckDBSuccess)
        return failure(duckdb_prepare_error(statement.handle));
    OwnedPending pending;
    OwnedResult result;
    if (duckdb_pending_prepared_streaming(statement.handle, &pending.handle) != DuckDBSuccess)
        return failure(duckdb_pending_error(pending.handle));
    if (duckdb_execute_pending(pending.handle, &result.handle) != DuckDBSuccess) return failure(duckdb_result_error(&result.handle));
    RowBatch batch;
    batch.columns.resize(selection.columns.size());
    for (;;) {
        OwnedChunk chunk(duckdb_fetch_chunk(result.handle));
        if (chunk.handle == nullptr || duckdb_data_chunk_get_size(chunk.handle) == 0) break;
        fill(batch, selection, chunk.handle);
        TRY_VOID(consume(batch));
    }
    if (const char* message = duckdb_result_error(&result.handle); message != nullptr && *message != '\0') return failure(message);
    return {};
}

Status QueryEngine::check_is_select(const std::string& sql) {
    // DuckDB's own parser tells what the text is; the text is a bound value here and cannot reach the statement around it.
    constexpr const char* analysis = "WITH parsed AS (SELECT json_serialize_sql(CAST($1 AS VARCHAR)) AS tree) "
                                     "SELECT 'error', tree ->> '$.error_message' FROM parsed WHERE tree ->> '$.error' = 'true' UNION ALL "
                                     "SELECT 'count', CAST(json_array_length(tree, '$.statements') AS VARCHAR) FROM parsed UNION ALL "
                                     "SELECT CASE WHEN path LIKE '%.function' THEN 'source' ELSE 'call' END, lower(atom ->> '$') "
                                     "FROM parsed, json_tree(tree) WHERE key = 'function_name'";
    OwnedStatement statement;
    OwnedResult result;
    if (duckdb_prepare(state_->connection, analysis, &statement.handle) != DuckDBSuccess)
        return failure(duckdb_prepare_error(statement.handle));
    duckdb_bind_varchar_length(statement.handle, 1, sql.data(), sql.size());
    if (duckdb_execute_prepared(statement.handle, &result.handle) != DuckDBSuccess) return failure(duckdb_result_error(&result.handle));
    for (;;) {
        OwnedChunk chunk(duckdb_fetch_chunk(result.handle));
        if (chunk.handle == nullptr) return {};
        auto column = [&](idx_t index) {
            return static_cast<const duckdb_string_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.handle, index)));
        };
        for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk.handle); ++row) {
            auto what = text_at(column(0)[row]);
            auto* valid = duckdb_vector_get_validity(duckdb_data_chunk_get_vector(chunk.handle, 1));
            std::string text(valid == nullptr || duckdb_validity_row_is_valid(valid, row) ? text_at(column(1)[row]) : "");
            if (what == "error") {
                if (text.starts_with("Only SELECT")) return fail(ErrorKind::invalid, "only SELECT is accepted, also after WITH");
                return fail(ErrorKind::invalid, "{}", sentence(text.c_str()));
            }
            if (what == "count" && text != "1") return fail(ErrorKind::invalid, "it holds {} statements; one SELECT is accepted", text);
            if ((what == "source" && std::ranges::find(table_functions, text) == table_functions.end()) || text == "write_log")
                return fail(ErrorKind::invalid, "the function '{}' is not allowed in a SELECT over files", text);
        }
    }
}

Status QueryEngine::append(const std::string& engine_table, const Table& rows) {
    OwnedAppender appender;
    if (duckdb_appender_create(state_->connection, nullptr, engine_table.c_str(), &appender.handle) != DuckDBSuccess)
        return failure(duckdb_appender_error(appender.handle));
    std::vector<duckdb_logical_type> types;
    for (idx_t column = 0; column < rows.columns().size(); ++column) types.push_back(duckdb_appender_column_type(appender.handle, column));
    OwnedChunk chunk(duckdb_create_data_chunk(types.data(), types.size()));
    for (auto& type : types) duckdb_destroy_logical_type(&type);
    for (idx_t first = 0; first < rows.rows(); first += duckdb_vector_size()) {
        duckdb_data_chunk_reset(chunk.handle);
        auto count = std::min<idx_t>(duckdb_vector_size(), rows.rows() - first);
        for (idx_t column = 0; column < rows.columns().size(); ++column)
            TRY_VOID(fill_vector(duckdb_data_chunk_get_vector(chunk.handle, column), rows.columns()[column], first, count));
        duckdb_data_chunk_set_size(chunk.handle, count);
        if (duckdb_append_data_chunk(appender.handle, chunk.handle) != DuckDBSuccess)
            return failure(duckdb_appender_error(appender.handle));
    }
    if (duckdb_appender_close(appender.handle) != DuckDBSuccess) return failure(duckdb_appender_error(appender.handle));
    return {};
}

}  // namespace quoin
