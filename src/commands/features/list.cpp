#include <boost/json.hpp>

#include "base/json.h"
#include "commands/features/feature_source.h"
#include "commands/features/feature_text.h"
#include "commands/features/verbs.h"
#include "commands/terminal.h"

namespace quoin::features_verb {
namespace {

namespace json = boost::json;

Result<int> run(const CommandLine& line) {
    TRY(catalog, feature_catalog(line));
    TerminalTable table{{"feature", "view", "type", "window", "description"}, {}};
    json::array array;
    for (const auto& view : catalog->views()) {
        const auto& declared = view->declaration();
        if (line.has("view") && view->name() != line.text("view")) continue;
        if (line.has("entity") && view->entity() != line.text("entity")) continue;
        if (line.has("category") && declared.category != line.text("category")) continue;
        for (const auto& feature : declared.features) {
            table.rows.push_back({feature.name, view->name(), name_of(feature.type),
                                  feature.transform.empty() ? ""
                                  : feature.window          ? to_text(*feature.window)
                                                            : "lifetime",
                                  feature.description});
            array.push_back(feature_json(*view, feature));
        }
    }
    if (line.has("json")) {
        fmt::print("{}\n", json_text(array, 2));
        return 0;
    }
    if (table.rows.empty()) return fail(ErrorKind::not_found, "no feature is like that; 'quoin features list' without options shows all");
    fmt::print("{}", render(table, terminal_width()));
    fmt::print("{} features\n", table.rows.size());
    return 0;
}

}  // namespace

CommandEntry list() {
    return {"list",
            "all features with view, type, window and description",
            "quoin features list --entity user",
            {{"--view", "NAME", "of this view"},
             {"--entity", "TYPE", "about this type of entity"},
             {"--category", "NAME", "of this category"},
             catalog_option(),
             {"--dir", "FOLDER", "project folder whose catalog is meant"},
             json_option()},
            run};
}

}  // namespace quoin::features_verb
