#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "commands/terminal_progress.h"

namespace quoin {

/// What a table says, before it is laid out. A row may be shorter than the headers: its last cells are empty. Cells beyond the headers
/// are not shown.
struct TerminalTable {
    std::vector<std::string> headers;
    std::vector<std::vector<std::string>> rows;
};

/// The table as lines of at most `width` columns, each ended by a line feed; the header line bold where colour_wanted(). Columns of
/// numbers stand to the right. What does not fit is cut with "…", only text; if that is not enough, the last columns give way to one "…".
/// Control characters, which could move the cursor, and bytes that are not UTF-8 become "�". No headers: an empty text.
std::string render(const TerminalTable& table, std::size_t width);

/// Columns of the terminal on standard output; 100 if it is none. At least 20.
std::size_t terminal_width();

/// True if standard output is a terminal that knows colours and NO_COLOR (no-color.org) is not set.
bool colour_wanted();

/// Columns that a UTF-8 text takes: 0 for combining marks, 2 for East Asian wide characters and emoji, 1 for every other character.
std::size_t text_width(std::string_view text);

/// The text if it fits, else its longest beginning and "…". Cleans as render does.
std::string fitted(std::string_view text, std::size_t width);

/// 12000 → "12,000"; −1234 → "-1,234".
std::string count_text(std::int64_t count);
/// Whole dollars: 540000 → "$540,000"; −1500.4 → "-$1,500". Not finite: "–".
std::string usd_text(double dollars);
/// A share in percent, one decimal: 0.113 → "11.3 %". Not finite: "–".
std::string percent_text(double share);
/// 41 s → "0:41", 3723 s → "1:02:03"; rounded down to seconds; below zero "0:00".
std::string duration_text(std::chrono::milliseconds duration);

}  // namespace quoin
