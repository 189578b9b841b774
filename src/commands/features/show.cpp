#include <boost/json.hpp>

#include "base/json.h"
#include "commands/features/feature_source.h"
#include "commands/features/feature_text.h"
#include "commands/features/verbs.h"
#include "commands/terminal.h"

namespace quoin::features_verb {
namespace {

namespace json = boost::json;

Result<int> run_show(const CommandLine& line) {
    TRY(catalog, feature_catalog(line));
    TRY(features, named_features(*catalog, line.text("name")));
    json::array array;
    std::string text;
    for (const FeaturePlace& feature : features) {
        auto object = feature_json(*feature.view, feature.view->declaration().features[feature.slot]);
        if (!text.empty()) text += '\n';
        for (const auto& [key, value] : object)
            text += fmt::format("{:<12} {}\n", std::string_view(key),
                                value.is_string() ? std::string(value.get_string()) : json_text(value));
        array.push_back(std::move(object));
    }
    if (line.has("json")) fmt::print("{}\n", json_text(array.size() == 1 ? array[0] : json::value(array), 2));
    else fmt::print("{}", text);
    return 0;
}

Result<int> run_lineage(const CommandLine& line) {
    TRY(catalog, feature_catalog(line));
    TRY(feature, catalog->place(line.text("name")));
    auto steps = lineage_of(*catalog, feature);
    auto dependents = dependents_of(*catalog, feature);
    if (line.has("json")) {
        json::array array;
        for (const LineageStep& step : steps)
            array.push_back({{"depth", step.depth}, {"kind", step.kind}, {"name", step.name}, {"note", step.note}});
        fmt::print("{}\n", json_text(json::object{{"made_from", std::move(array)}, {"used_by", json::value_from(dependents)}}, 2));
        return 0;
    }
    auto width = terminal_width();
    for (const LineageStep& step : steps) {
        std::string text = std::string(step.depth * 2, ' ') + step.name + (step.note.empty() ? "" : "  " + step.note);
        fmt::print("{}\n", fitted(text, width));
    }
    fmt::print("\n{}", dependents.empty() ? "no other feature is made from it\n" : "made from it:\n");
    for (const std::string& name : dependents) fmt::print("  {}\n", name);
    return 0;
}

OptionSpec project_option() { return {"--dir", "FOLDER", "project folder whose catalog is meant"}; }

}  // namespace

CommandEntry show() {
    return {"show",
            "everything that is declared of a feature, or of all features of a view",
            "quoin features show doc_access_count_7d",
            {{"NAME", "", "view:feature, a feature's name if it is unique, or a view", "", true},
             catalog_option(),
             project_option(),
             json_option()},
            run_show};
}

CommandEntry lineage() {
    return {
        "lineage",
        "what a feature is made from, down to the fields of events, and what is made from it",
        "quoin features lineage property_market:neighborhood_turnover_rate",
        {{"NAME", "", "view:feature, or a feature's name if it is unique", "", true}, catalog_option(), project_option(), json_option()},
        run_lineage};
}

}  // namespace quoin::features_verb
