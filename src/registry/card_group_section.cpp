#include "registry/card_sections.h"

namespace quoin {

CardSection group_section(const CardContent& content) {
    CardSection section{.id = "groups",
                        .title = "Groups of people",
                        .lead = "The same held-out rows by attributes that the model has never seen; the audit alone reads them."};
    for (const auto& attribute : content.groups) {
        CardTable table{.title = attribute.attribute, .head = attribute.head, .numeric = {false}};
        table.numeric.resize(attribute.head.size(), true);
        for (const auto& row : attribute.rows) {
            auto& cells = table.rows.emplace_back();
            for (const auto& text : row) cells.push_back({text});
        }
        for (const auto& note : attribute.notes) table.note += (table.note.empty() ? "" : " ") + note;
        section.tables.push_back(std::move(table));
    }
    return section;
}

}  // namespace quoin
