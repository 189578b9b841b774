#pragma once

#include <string>
#include <vector>

#include "registry/model_card.h"

/// What a card says, before it is HTML or Markdown: both render the same sections, so that they cannot disagree.
namespace quoin {

/// How a cell is judged (shown as a sign with a word, never by colour alone), or that it is code.
enum class CellMark { none, passed, failed, attention, best, code };

struct CardCell {
    std::string text;
    CellMark mark = CellMark::none;
};

struct CardTable {
    std::string title;              ///< empty if the section's title is enough
    std::vector<std::string> head;  ///< empty: a table of names and values
    std::vector<bool> numeric;      ///< per column: aligned right
    std::vector<std::vector<CardCell>> rows;
    std::string note;
    bool plotted = false;  ///< a plot shows the same numbers, so the page folds the table away
};

struct CardSection {
    std::string id, title, lead;
    std::vector<std::string> points;  ///< a list of sentences
    std::vector<CardTable> tables;
};

/// A figure on top of the card: name, value, and what to compare it with.
struct CardFigure {
    std::string name, value, comparison;
};

/// In reading order; sections without content are left out.
std::vector<CardSection> card_sections(const CardContent& content);
/// At most four.
std::vector<CardFigure> card_figures(const CardContent& content);
/// "All 5 gates passed", "2 of 5 gates failed" or "No gates were declared".
CardCell gate_verdict(const CardContent& content);

/// The ratio study and its vertical-equity groups, judged by the bands of the IAAO standard.
CardSection ratio_section(const CardContent& content);

/// Groups of people, where a declaration names protected attributes.
CardSection group_section(const CardContent& content);

}  // namespace quoin
