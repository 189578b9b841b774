#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "table/table.h"

namespace quoin {

struct ReadOptions {
    /// Declared columns: read with exactly these kinds; a value that does not fit is an error naming file, row, column and value.
    /// Columns not declared are inferred. Empty: infer all.
    std::vector<ColumnSpec> columns;
    /// CSV only; nothing: detected.
    std::optional<char> delimiter;
    /// Cell texts that mean "missing", besides the empty cell.
    std::vector<std::string> missing_texts = {"NA", "N/A", "NaN", "nan", "null", "NULL", " -  ", "-", "?"};
    std::size_t rows_max = 200'000'000;
    std::size_t columns_max = 4096;
};

/// Reads a CSV/TSV (plain or .gz), Parquet (.parquet) or NDJSON (.ndjson, .jsonl) file through DuckDB. Kinds are inferred from all rows:
/// a column is a number if every present value is one, a time if every present value parses as a time (parse_time, 8-digit dates only
/// between 1800 and 2200), else a category. Row order is the file's.
/// Error: not_found (no such file), invalid (wrong delimiter: one column only; ragged rows; duplicate header names; not UTF-8; a declared
/// kind that does not fit), each naming file, row (1 = first data row), column and value; too_large; unavailable.
Result<Table> read_table(const std::filesystem::path& path, const ReadOptions& options = {});

/// The same, a chunk at a time with bounded memory, for files larger than memory. `consume` gets tables of at most `chunk_rows` rows with
/// equal column names and kinds (declared, else inferred from the whole file in a first pass); category levels may differ between chunks.
Status read_chunks(const std::filesystem::path& path, const ReadOptions& options, std::size_t chunk_rows,
                   const std::function<Status(const Table&)>& consume);

/// Runs one SELECT over files (DuckDB SQL: `SELECT * FROM 'sales.parquet' WHERE …`). No other statement kind is accepted.
Result<Table> read_sql(const std::string& query, const ReadOptions& options = {});

}  // namespace quoin
