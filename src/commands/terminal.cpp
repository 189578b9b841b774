#include "commands/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <span>

namespace quoin {
namespace {

constexpr std::size_t width_otherwise = 100;
constexpr std::size_t width_min = 20;
constexpr std::size_t gap = 2;
// Text is cut to this before a number loses a digit: a cut number reads like another number.
constexpr std::size_t text_columns_min = 8;
constexpr std::size_t columns_min = 5;
constexpr std::string_view ellipsis = "…";
constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

struct Character {
    char32_t code = 0xFFFD;
    std::size_t bytes = 1;
    bool valid = false;
};

/// The first character of a text that is not empty. Overlong forms, surrogates and codes beyond U+10FFFF are not valid (RFC 3629).
Character first_character(std::string_view text) {
    auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    unsigned char lead = byte(0);
    if (lead < 0x80) return {lead, 1, true};
    std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
    char32_t code = lead & (0xFFU >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return {};
        code = code << 6 | (byte(i) & 0x3FU);
    }
    constexpr std::array<char32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
    if (code < smallest[bytes] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
    return {code, bytes, true};
}

struct CodeRange {
    char32_t first, last;
};

// Blocks, not single characters, of Unicode 15's EastAsianWidth.txt (W, F) and of its marks (Mn, Me, Cf): names and addresses need no more.
constexpr CodeRange combining[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A}, {0x064B, 0x065F},
                                   {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x2064},
                                   {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}};
constexpr CodeRange wide[] = {{0x1100, 0x115F}, {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0xA4CF},
                              {0xA960, 0xA97F}, {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
                              {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};

bool within(std::span<const CodeRange> ranges, char32_t code) {
    return std::ranges::any_of(ranges, [&](const auto& range) { return code >= range.first && code <= range.last; });
}

std::size_t columns_of(const Character& character) {
    if (!character.valid) return 1;
    if (within(combining, character.code)) return 0;
    return within(wide, character.code) ? 2 : 1;
}

/// Direction marks (U+202A to U+202E, U+2066 to U+2069) reorder what stands around them, as controls move the cursor.
bool moves_text(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

std::string cleaned(std::string_view text) {
    std::string clean;
    while (!text.empty()) {
        auto character = first_character(text);
        clean += character.valid && !moves_text(character.code) ? text.substr(0, character.bytes) : replacement;
        text.remove_prefix(character.bytes);
    }
    return clean;
}

/// Reads as a number: sign, dollar, digits with separators, exponent, percent or a multiplication sign.
bool is_number_text(std::string_view text) {
    auto drop = [&](std::string_view mark) {
        bool there = text.starts_with(mark);
        if (there) text.remove_prefix(mark.size());
        return there;
    };
    if (!drop("+") && !drop("-")) drop("−");
    drop("$");
    if (text == "nan" || text == "inf") return true;
    std::size_t digits = 0;
    for (; !text.empty() && std::string_view("0123456789.,:").find(text[0]) != text.npos; text.remove_prefix(1))
        digits += text[0] >= '0' && text[0] <= '9';
    if (digits == 0) return false;
    if (drop("e-") || drop("e+") || drop("e"))
        while (!text.empty() && text[0] >= '0' && text[0] <= '9') text.remove_prefix(1);
    return text.empty() || text == "%" || text == " %" || text == "×";
}

/// A table whose rows are as long as its headers, cleaned, and what the layout needs to know of each column.
struct Layout {
    TerminalTable table;
    std::vector<std::size_t> widths;
    std::vector<bool> numeric;
    bool cut_columns = false;

    std::size_t line_width() const {
        return std::accumulate(widths.begin(), widths.end(), gap * (widths.size() - 1)) + (cut_columns ? gap + 1 : 0);
    }
};

Layout measured(const TerminalTable& table) {
    std::size_t count = table.headers.size();
    Layout layout{.table = {}, .widths = std::vector<std::size_t>(count), .numeric = std::vector<bool>(count)};
    for (const auto& header : table.headers) layout.table.headers.push_back(cleaned(header));
    for (const auto& row : table.rows) {
        std::vector<std::string> cells(count);
        for (std::size_t c = 0; c < std::min(count, row.size()); ++c) cells[c] = cleaned(row[c]);
        layout.table.rows.push_back(std::move(cells));
    }
    for (std::size_t c = 0; c < count; ++c) {
        layout.widths[c] = std::max<std::size_t>(1, text_width(layout.table.headers[c]));
        std::size_t numbers = 0, texts = 0;
        for (const auto& row : layout.table.rows) {
            layout.widths[c] = std::max(layout.widths[c], text_width(row[c]));
            if (row[c].empty() || row[c] == "–" || row[c] == "-") continue;
            ++(is_number_text(row[c]) ? numbers : texts);
        }
        layout.numeric[c] = numbers > 0 && texts == 0;
    }
    return layout;
}

/// Takes a column from the widest one that may give, until the line fits or none may.
void shrink(Layout& layout, std::size_t width, const std::vector<std::size_t>& floors) {
    while (layout.line_width() > width) {
        std::size_t widest = layout.widths.size();
        for (std::size_t c = 0; c < layout.widths.size(); ++c)
            if (layout.widths[c] > floors[c] && (widest == layout.widths.size() || layout.widths[c] > layout.widths[widest])) widest = c;
        if (widest == layout.widths.size()) return;
        --layout.widths[widest];
    }
}

void fit(Layout& layout, std::size_t width) {
    auto floors = layout.widths;
    for (std::size_t floor : {text_columns_min, columns_min}) {
        for (std::size_t c = 0; c < floors.size(); ++c)
            if (!layout.numeric[c]) floors[c] = std::min(floors[c], floor);
        shrink(layout, width, floors);
    }
    while (layout.line_width() > width && layout.widths.size() > 1) {
        layout.cut_columns = true;
        layout.widths.pop_back();
    }
    if (layout.line_width() <= width) return;
    // One column is left: it takes what there is.
    layout.cut_columns = layout.cut_columns && width > gap + 1;
    layout.widths[0] = width - (layout.cut_columns ? gap + 1 : 0);
}

std::string line_of(const Layout& layout, const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t c = 0; c < layout.widths.size(); ++c) {
        auto cell = fitted(cells[c], layout.widths[c]);
        std::string padding(layout.widths[c] - text_width(cell), ' ');
        if (c > 0) line.append(gap, ' ');
        line += layout.numeric[c] ? padding + cell : cell + padding;
    }
    if (layout.cut_columns) line.append(gap, ' ').append(ellipsis);
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

std::string grouped(std::string_view digits) {
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}

}  // namespace

std::size_t text_width(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) {
        auto character = first_character(text);
        columns += columns_of(character);
        text.remove_prefix(character.bytes);
    }
    return columns;
}

std::string fitted(std::string_view text, std::size_t width) {
    auto clean = cleaned(text);
    if (text_width(clean) <= width) return clean;
    if (width == 0) return {};
    std::string_view rest = clean;
    std::string start;
    for (std::size_t columns = 0; !rest.empty();) {
        auto character = first_character(rest);
        columns += columns_of(character);
        if (columns > width - 1) break;
        start += rest.substr(0, character.bytes);
        rest.remove_prefix(character.bytes);
    }
    start.erase(start.find_last_not_of(' ') + 1);
    return start.append(ellipsis);
}

std::string render(const TerminalTable& table, std::size_t width) {
    if (table.headers.empty()) return {};
    auto layout = measured(table);
    fit(layout, std::max<std::size_t>(width, 1));
    auto header = line_of(layout, layout.table.headers);
    std::string text = colour_wanted() ? "\x1b[1m" + header + "\x1b[0m\n" : header + "\n";
    for (std::size_t c = 0; c < layout.widths.size(); ++c) {
        if (c > 0) text.append(gap, ' ');
        for (std::size_t i = 0; i < layout.widths[c]; ++i) text += "─";
    }
    text += "\n";
    for (const auto& row : layout.table.rows) text += line_of(layout, row) + "\n";
    return text;
}

std::size_t terminal_width() {
    winsize size{};
    if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return width_otherwise;
    return std::max<std::size_t>(size.ws_col, width_min);
}

bool colour_wanted() {
    const char* refused = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    bool knows_colours = terminal != nullptr && std::string_view(terminal) != "dumb" && *terminal != '\0';
    return isatty(STDOUT_FILENO) != 0 && knows_colours && (refused == nullptr || *refused == '\0');
}

std::string count_text(std::int64_t count) {
    auto digits = fmt::format("{}", count);
    return count < 0 ? "-" + grouped(std::string_view(digits).substr(1)) : grouped(digits);
}

std::string usd_text(double dollars) {
    if (!std::isfinite(dollars)) return "–";
    auto digits = fmt::format("{:.0f}", std::abs(dollars));
    return (dollars < 0 && digits != "0" ? "-$" : "$") + grouped(digits);
}

std::string percent_text(double share) {
    if (!std::isfinite(share)) return "–";
    auto text = fmt::format("{:.1f} %", share * 100);
    return text == "-0.0 %" ? "0.0 %" : text;
}

std::string duration_text(std::chrono::milliseconds duration) {
    auto seconds = std::max<std::int64_t>(0, duration.count() / 1000);
    if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
    return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace quoin
