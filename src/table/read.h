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
    /// Cell texts that mean "missing", besides the empty and the blank cell; spaces around them do not count, quotation marks neither.
    std::vector<std::string> missing_texts = {"NA", "N/A", "NaN", "nan", "null", "NULL", " -  ", "-", "?"};
    std::size_t rows_max = 200'000'000;
    std::size_t columns_max = 4096;
};

/// Reads a CSV/TSV (plain or gzip; see delimited.h), Parquet (.parquet) or NDJSON (.ndjson, .jsonl) file. Kinds are inferred from all rows,
/// the same way in each format: a column is a number if every present value is one and stays the same text (an id like 007, or with more
/// digits than a double holds, does not), a time if every present value parses as a time (parse_time, 8-digit dates only between 1800
/// and 2200), else a category. 1,234 and $540,000 are numbers, true and false are 1 and 0. A column without values is a number. Row order
/// is the file's. A header without rows is a table without rows.
/// Error: not_found (no such file), invalid (wrong delimiter: one column only; ragged rows; duplicate header names; not UTF-8; an infinite
/// number; a declared kind that does not fit), each naming file, row (1 = first data row), column and value; corrupt (gzip); too_large;
/// unsupported (.xlsx, .zip, …); unavailable.
Result<Table> read_table(const std::filesystem::path& path, const ReadOptions& options = {});

/// The same, a chunk at a time with bounded memory, for files larger than memory. `consume` gets tables of at most `chunk_rows` rows with
/// equal column names and kinds (declared, else inferred from the whole file in a first pass); category levels may differ between chunks.
/// A file without rows gives one table without rows. An error of `consume` ends the reading and is returned.
Status read_chunks(const std::filesystem::path& path, const ReadOptions& options, std::size_t chunk_rows,
                   const std::function<Status(const Table&)>& consume);

/// Runs one SELECT over files (DuckDB SQL: `SELECT * FROM 'sales.parquet' WHERE …`). No other statement kind is accepted, no extension or
/// network is reached, and table functions that do more than read files or make rows are refused. Files in it are read as DuckDB reads
/// them.
Result<Table> read_sql(const std::string& query, const ReadOptions& options = {});

}  // namespace quoin
