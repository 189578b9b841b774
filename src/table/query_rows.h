#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "table/row_source.h"

namespace quoin {

/// The answer of one SELECT, by a user, over files. Error: invalid, not_found (a file).
Result<std::unique_ptr<RowSource>> open_query(const std::string& query);

/// Error: unavailable, not_found, invalid; damage behind the first bytes is found while the rows are streamed.
Result<std::unique_ptr<RowSource>> open_parquet(const std::filesystem::path& path);

/// One JSON object a line, plain or gzip. Values are taken as the text that JSON has for them, nested ones as JSON.
Result<std::unique_ptr<RowSource>> open_json_lines(const std::filesystem::path& path);

}  // namespace quoin
