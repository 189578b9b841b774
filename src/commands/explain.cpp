#include <boost/json.hpp>

#include "base/json.h"
#include "commands/answer_text.h"
#include "commands/command.h"
#include "control/catalog_folder.h"
#include "control/product_files.h"
#include "control/project.h"
#include "prediction/explanation.h"
#include "prediction/predictor.h"

namespace quoin::command {

CommandEntry explain();

namespace {

/// "bedrooms=3,zipcode=98103" as features; numbers where they parse as numbers.
Result<NamedFeatures> features_from(const std::string& text) {
    NamedFeatures features;
    std::size_t at = 0;
    while (at < text.size()) {
        auto comma = std::min(text.find(',', at), text.size());
        auto pair = text.substr(at, comma - at);
        auto equals = pair.find('=');
        if (equals == std::string::npos) return fail_field(ErrorKind::invalid, "--features", "'{}' is no name=value pair", pair);
        auto value = pair.substr(equals + 1);
        char* end = nullptr;
        double number = std::strtod(value.c_str(), &end);
        bool is_number = !value.empty() && *end == '\0';
        features.emplace_back(pair.substr(0, equals), is_number ? FeatureValue{number} : FeatureValue{value});
        at = comma + 1;
    }
    return features;
}

Status print_explanation(const PredictionRecord& record, const LiveModel& live, const Explanation& explanation, bool as_json) {
    if (as_json) {
        TRY(document, parse_json(explanation_json(record, explanation)));
        fmt::print("{}\n", json_text(document, 2));
    } else {
        fmt::print("{}", explanation_text(record, explanation, live.model().unit));
    }
    return {};
}

/// A prediction of the past, by the version that made it.
Result<int> explain_past(Project& project, const CommandLine& line) {
    Telemetry telemetry;
    TRY(records, RecordLog::open(project.records(), telemetry));
    TRY(record, records->find(line.text("entity")));
    TRY(products, project_products(project.folder()));
    TRY(product, product_of(record, products));
    TRY(live, project.load_artifact(record.model, record.artifact));
    CatalogFolder folder(project.folder() / "catalog");
    TRY(catalog, folder.load());
    TRY(explanation, explain_record(record, *live, *product, {.description = descriptions_of(catalog)}));
    TRY_VOID(print_explanation(record, *live, explanation, line.has("json")));
    return 0;
}

Result<int> run(const CommandLine& line) {
    TRY(project, Project::open(line.text("dir")));
    if (line.has("entity") && line.text("entity").starts_with("pred_")) return explain_past(project, line);
    TRY(declaration, project.declaration(line.text("model")));
    TRY(live, project.load(declaration.model, line.text("version")));
    PredictionQuery query;
    TRY(features, features_from(line.text("features")));
    query.features = std::move(features);
    if (line.has("entity")) query.entity = EntityId{line.text("entity")};
    if (!query.entity && query.features.empty()) return fail(ErrorKind::invalid, "name an entity or give --features name=value,…");
    TRY(drivers, line.whole("drivers", 0, limits::drivers_per_query));
    query.drivers = static_cast<std::size_t>(drivers);
    Telemetry telemetry;
    TRY(records, RecordLog::open(project.records(), telemetry));
    Predictor predictor(records, telemetry);
    TRY(products, project_products(project.folder()));
    predictor.set_products(std::move(products));
    predictor.swap(live);
    TRY(prediction, predictor.predict("property_value", query));
    if (line.has("json")) {
        TRY(answer, parse_json(answer_json(prediction, prediction.text)));
        fmt::print("{}\n", json_text(answer, 2));
    } else {
        fmt::print("{}\nrecorded as {}\n", answer_text(prediction, live->model().unit), prediction.id);
    }
    return 0;
}

}  // namespace

CommandEntry explain() {
    return {"explain",
            "answer for one entity, or explain a recorded prediction: reasons in words, codes, and what would change it",
            "quoin explain prop_123 --dir demo",
            {{"ENTITY", "", "id of an entity that the model knows, or of a prediction (pred_…)"},
             {"--features", "NAME=VALUE,…", "features, instead of or over those looked up"},
             {"--drivers", "N", "how many reasons", "8"},
             {"--version", "VERSION", "number, alias or stage", "champion"},
             dir_option(),
             model_option(),
             json_option()},
            run};
}

}  // namespace quoin::command
