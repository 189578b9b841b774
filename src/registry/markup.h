#pragma once

#include <string>
#include <string_view>

namespace quoin {

/// Text for HTML and SVG, in an element or a quoted attribute: & < > " ' as entities, control characters as spaces.
std::string html_text(std::string_view text);

/// Text for one line of Markdown, also inside a table: what would start markup or HTML is escaped, line ends are spaces.
std::string markdown_text(std::string_view text);

/// A code span if the text has nothing that could end it or its table cell; otherwise like markdown_text.
std::string markdown_code(std::string_view text);

}  // namespace quoin
