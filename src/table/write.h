#pragma once

#include <filesystem>
#include <memory>

#include "table/table.h"

namespace quoin {

/// Writes .csv, .parquet or .ndjson by the file's extension, through a temporary file and rename: a reader sees the old file or the whole
/// new one. Error: unsupported (other extension), invalid (no columns, an infinite number, text that is not UTF-8), unavailable (disk).
Status write_table(const Table& table, const std::filesystem::path& path);

/// Appends tables as rows to one file and publishes it on finish(); without finish() nothing appears. Same formats and errors.
class TableWriter {
public:
    static Result<TableWriter> open(const std::filesystem::path& path);
    TableWriter(TableWriter&&) noexcept;
    TableWriter& operator=(TableWriter&&) noexcept;
    ~TableWriter();
    Status append(const Table& table);
    Status finish();

private:
    struct State;
    explicit TableWriter(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
