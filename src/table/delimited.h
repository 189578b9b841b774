#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "table/read.h"
#include "table/row_source.h"

namespace quoin {

/// A file of delimited text (CSV, TSV, …; also gzip, known by its first bytes) with a header line. UTF-8, a byte order mark is skipped;
/// lines end with LF, CRLF or CR, also mixed; values that hold delimiters, quotation marks or line ends stand in "…", with "" for a
/// quotation mark. Blank lines are skipped, except in a file of one column, where they are missing values. Nothing else is forgiven. Error:
/// unavailable, not_found, corrupt (gzip), too_large, invalid (as read_table says).
Result<std::unique_ptr<RowSource>> open_delimited(const std::filesystem::path& path, const ReadOptions& options);

/// One value of a record: [first, last) of the text, without its outer quotation marks.
struct DelimitedValue {
    std::size_t first = 0, last = 0;
    bool has_doubled_quotes = false, quoted = false;
};

/// Finds the record at the start of `text`. `whole`: the text ends where the file ends.
struct DelimitedRecord {
    enum class Outcome { found, cut, open_quote, text_after_quote };
    Outcome outcome = Outcome::cut;
    std::size_t bytes = 0;  ///< with its line end; only if found
};
DelimitedRecord find_record(std::string_view text, bool whole, char delimiter, std::vector<DelimitedValue>& values);

}  // namespace quoin
