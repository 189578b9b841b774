#include "registry/model_card.h"

#include "registry/card_plots.h"
#include "registry/card_sections.h"
#include "registry/card_style.h"
#include "registry/markup.h"

namespace quoin {
namespace {

std::string mark_html(const CardCell& cell) {
    const char* name = cell.mark == CellMark::passed ? "passed" : cell.mark == CellMark::failed ? "failed" : "attention";
    const char* sign = cell.mark == CellMark::passed ? "✓" : cell.mark == CellMark::failed ? "✗" : "!";
    return fmt::format(R"(<span class="mark {}">{} {}</span>)", name, sign, html_text(cell.text));
}

std::string cell_html(const CardCell& cell, bool numeric) {
    bool marked = cell.mark == CellMark::passed || cell.mark == CellMark::failed || cell.mark == CellMark::attention;
    std::string text = marked ? mark_html(cell) : html_text(cell.text);
    if (cell.mark == CellMark::code) text = "<code>" + text + "</code>";
    std::string style = numeric ? "number" : "";
    if (cell.mark == CellMark::best) style += numeric ? " best" : "best";
    return style.empty() ? "<td>" + text + "</td>" : fmt::format(R"(<td class="{}">{}</td>)", style, text);
}

std::string table_html(const CardTable& table) {
    auto numeric = [&](std::size_t column) { return column < table.numeric.size() && table.numeric[column]; };
    std::string html = table.head.empty() ? R"(<div class="table"><table class="pairs">)" : R"(<div class="table"><table>)";
    if (!table.head.empty()) {
        html += "<thead><tr>";
        for (std::size_t i = 0; i < table.head.size(); ++i)
            html += fmt::format(R"(<th scope="col"{}>{}</th>)", numeric(i) ? R"( class="number")" : "", html_text(table.head[i]));
        html += "</tr></thead>";
    }
    html += "<tbody>";
    for (const auto& row : table.rows) {
        html += "<tr>";
        for (std::size_t i = 0; i < row.size(); ++i) html += cell_html(row[i], numeric(i));
        html += "</tr>\n";
    }
    html += "</tbody></table></div>\n";
    if (!table.note.empty()) html += fmt::format("<p class=\"note\">{}</p>\n", html_text(table.note));
    return html;
}

std::string plots_html(const std::string& section, const CardContent& content) {
    std::string plots;
    if (section == "uncertainty") plots = coverage_plot(content.coverage_curve) + calibration_plot(content.calibration, content.unit);
    if (section == "deciles") plots = decile_ratio_plot(content.price_deciles) + decile_error_plot(content.price_deciles);
    if (section == "importance") plots = importance_plot(content.importance);
    if (section == "training")
        for (const auto& [family, losses] : content.learning_curves) plots += learning_curve_plot(family, losses);
    if (plots.empty()) return "";
    return fmt::format("<div class=\"plots{}\">{}</div>\n", section == "importance" ? " wide" : "", plots);
}

std::string section_html(const CardSection& section, const CardContent& content) {
    bool warned = section.id == "warnings" && !section.points.empty();
    std::string html = fmt::format("<section id=\"{}\"{}>\n<h2>{}</h2>\n", section.id, warned ? R"( class="some")" : "",
                                   html_text(section.title));
    if (!section.lead.empty()) html += fmt::format("<p class=\"lead\">{}</p>\n", html_text(section.lead));
    if (!section.points.empty()) {
        html += "<ul>";
        for (const std::string& point : section.points) html += "<li>" + html_text(point) + "</li>";
        html += "</ul>\n";
    }
    std::string plots = plots_html(section.id, content), folded;
    for (const CardTable& table : section.tables) {
        if (table.plotted && !plots.empty()) {
            folded += fmt::format("<details><summary>{} as a table</summary>{}</details>\n",
                                  html_text(table.title.empty() ? section.title : table.title), table_html(table));
        } else {
            if (!table.title.empty()) html += fmt::format("<h3>{}</h3>\n", html_text(table.title));
            html += table_html(table);
        }
    }
    return html + plots + folded + "</section>\n";
}

std::string header_html(const CardContent& content) {
    std::string html = fmt::format("<header>\n<p class=\"kind\">Model card</p>\n<h1>{} <span class=\"version\">{}</span></h1>\n",
                                   html_text(content.model), html_text(content.version));
    std::string facts = content.trained_at.is_missing() ? std::string() : fmt::format("Trained {}", date_text(content.trained_at));
    if (!content.owner.empty()) facts += fmt::format("{}owned by {}", facts.empty() ? "" : ", ", content.owner);
    html += fmt::format("<p class=\"facts\">{}</p>\n", html_text(facts));
    std::string verdict = mark_html(gate_verdict(content));
    html += verdict.replace(verdict.find("mark "), 5, "mark verdict ");
    html += "\n<div class=\"figures\">";
    for (const CardFigure& figure : card_figures(content))
        html += fmt::format(R"(<div class="figure"><span>{}</span><b>{}</b><span>{}</span></div>)", html_text(figure.name),
                            html_text(figure.value), html_text(figure.comparison));
    return html + "</div>\n</header>\n";
}

}  // namespace

std::string render_card_html(const CardContent& content) {
    // The policy forbids scripts and every request, should a text ever slip through the escaping.
    std::string html = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>Model card: {} "
        "{}</title>\n<style>{}</style>\n</head>\n"
        "<body>\n<main>\n",
        html_text(content.model), html_text(content.version), card_style);
    html += header_html(content);
    for (const CardSection& section : card_sections(content)) html += section_html(section, content);
    return html + "</main>\n</body>\n</html>\n";
}

}  // namespace quoin
