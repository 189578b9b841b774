#include <algorithm>

#include "registry/card_sections.h"
#include "registry/markup.h"

namespace quoin {
namespace {

std::string cell_text(const CardCell& cell) {
    std::string text = markdown_text(cell.text);
    switch (cell.mark) {
        case CellMark::passed: return "✓ " + text;
        case CellMark::failed: return "✗ " + text;
        case CellMark::attention: return "! " + text;
        case CellMark::best: return "**" + text + "**";
        case CellMark::code: return markdown_code(cell.text);
        case CellMark::none: break;
    }
    return text;
}

/// Letters, not bytes: continuation bytes of UTF-8 start with the bits 10.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width, bool right) {
    std::string space(width - std::min(width, width_of(text)), ' ');
    return right ? space + text : text + space;
}

std::string row_text(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths, const std::vector<bool>& numeric) {
    std::string line = "|";
    for (std::size_t i = 0; i < cells.size(); ++i) line += " " + padded(cells[i], widths[i], numeric[i]) + " |";
    return line + "\n";
}

std::string table_text(const CardTable& table) {
    if (table.rows.empty()) return "";
    std::vector<std::vector<std::string>> lines(1);
    for (const std::string& name : table.head) lines[0].push_back(markdown_text(name));
    if (table.head.empty()) lines[0] = {"", ""};
    for (const auto& row : table.rows) {
        std::vector<std::string>& line = lines.emplace_back();
        for (const CardCell& cell : row) line.push_back(cell_text(cell));
    }
    std::vector<bool> numeric = table.numeric;
    numeric.resize(lines[0].size(), false);
    std::vector<std::size_t> widths(lines[0].size(), 3);
    for (const auto& line : lines)
        for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width_of(line[i]));
    std::string text = row_text(lines[0], widths, numeric) + "|";
    for (std::size_t i = 0; i < widths.size(); ++i)
        text += numeric[i] ? std::string(widths[i] + 1, '-') + ":|" : std::string(widths[i] + 2, '-') + "|";
    text += "\n";
    for (std::size_t i = 1; i < lines.size(); ++i) text += row_text(lines[i], widths, numeric);
    return text;
}

std::string section_text(const CardSection& section) {
    std::string text = fmt::format("\n## {}\n", section.title);
    if (!section.lead.empty()) text += "\n" + section.lead + "\n";
    if (!section.points.empty()) text += "\n";
    for (const std::string& point : section.points) text += "- " + markdown_text(point) + "\n";
    for (const CardTable& table : section.tables) {
        if (!table.title.empty()) text += fmt::format("\n### {}\n", markdown_text(table.title));
        text += "\n" + table_text(table);
        if (!table.note.empty()) text += "\n" + markdown_text(table.note) + "\n";
    }
    return text;
}

}  // namespace

std::string render_card_markdown(const CardContent& content) {
    std::string text = fmt::format("# Model card: {} {}\n\n**{}**\n\n", markdown_text(content.model), markdown_text(content.version),
                                   cell_text(gate_verdict(content)));
    for (const CardFigure& figure : card_figures(content)) {
        text += fmt::format("- {} **{}**", markdown_text(figure.name), figure.value);
        text += figure.comparison.empty() ? "\n" : fmt::format(", {}\n", markdown_text(figure.comparison));
    }
    for (const CardSection& section : card_sections(content)) text += section_text(section);
    return text;
}

}  // namespace quoin
