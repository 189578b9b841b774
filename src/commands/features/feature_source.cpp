#include "commands/features/feature_source.h"

#include <algorithm>

#include "commands/event_commands.h"
#include "control/default_catalog.h"

namespace quoin {
namespace {

Result<std::shared_ptr<const FeatureCatalog>> programs_catalog() {
    std::vector<EventType> types;
    std::vector<ViewDeclaration> views;
    for (const CatalogFile& file : default_catalog()) {
        if (file.path.starts_with("events/")) {
            TRY(type, EventType::parse(file.text, file.path));
            types.push_back(std::move(type));
        } else if (file.path.starts_with("features/")) {
            TRY(view, read_view(file.text, std::string(file.path)));
            views.push_back(std::move(view));
        }
    }
    TRY(all, EventTypes::of(std::move(types)));
    return FeatureCatalog::make(std::make_shared<const EventTypes>(std::move(all)), std::move(views));
}

}  // namespace

OptionSpec catalog_option() {
    return {"--catalog", "FOLDER", "declarations of events and features (otherwise the project's, else those that come with the program)"};
}
OptionSpec tenant_option() { return {"--tenant", "TENANT", "whose events and entities", "default"}; }
OptionSpec features_option() { return {"--features", "NAMES", "features (view:feature, or a name that is unique) and views, with commas"}; }

Result<std::shared_ptr<const FeatureCatalog>> feature_catalog(const CommandLine& line) {
    if (line.has("catalog")) return FeatureCatalog::load(line.text("catalog"));
    auto folder = std::filesystem::path(line.text("dir")) / "catalog";
    if (!line.text("dir").empty() && std::filesystem::is_directory(folder / "features")) return FeatureCatalog::load(folder);
    return programs_catalog();
}

Result<std::unique_ptr<EventLog>> feature_log(const CommandLine& line) {
    return project_event_log(line.text("dir"), false, "stop it first, or ask the server: GET /v1/features/{view}/{entity}");
}

std::vector<std::string> comma_list(const std::string& text) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        auto end = std::min(text.find(',', begin), text.size());
        auto first = text.find_first_not_of(' ', begin);
        auto last = end == 0 ? std::string::npos : text.find_last_not_of(' ', end - 1);
        if (first != std::string::npos && first < end) parts.push_back(text.substr(first, last - first + 1));
        begin = end + 1;
    }
    return parts;
}

std::vector<FeaturePlace> features_of(const FeatureView& view) {
    std::vector<FeaturePlace> features;
    for (std::uint16_t slot = 0; slot < view.features().size(); ++slot) features.push_back({&view, slot});
    return features;
}

Result<std::vector<FeaturePlace>> named_features(const FeatureCatalog& catalog, const std::string& names, const FeatureView* otherwise) {
    std::vector<FeaturePlace> features;
    for (const std::string& name : comma_list(names)) {
        if (const FeatureView* view = catalog.find(name)) {
            for (const FeaturePlace& feature : features_of(*view)) features.push_back(feature);
            continue;
        }
        TRY(place, catalog.place(name));
        features.push_back(place);
    }
    if (features.empty() && otherwise) return features_of(*otherwise);
    if (features.empty())
        return fail_field(ErrorKind::invalid, "features", "--features names nothing; 'quoin features list' shows what there is");
    return features;
}

Result<const FeatureView*> named_view(const FeatureCatalog& catalog, const std::string& name) {
    if (const FeatureView* view = catalog.find(name)) return view;
    return fail_field(ErrorKind::not_found, "VIEW", "there is no view '{}'; 'quoin features list' shows them all", name.substr(0, 100));
}

Result<std::optional<EventTime>> time_option(const CommandLine& line, const char* name) {
    if (!line.has(name)) return std::optional<EventTime>();
    auto time = parse_time(line.text(name));
    if (!time)
        return fail_field(ErrorKind::invalid, name, "'{}' is no time; write 2026-01-15 or 2026-01-15T10:30:00Z",
                          line.text(name).substr(0, 60));
    return std::optional(*time);
}

EntityFrame one_row(const std::string& entity, const std::string& tenant, const std::string& id, EventTime at) {
    EntityFrame frame{.at = {at}};
    frame.ids[entity] = {{0}, {id}};
    frame.tenants = {{0}, {tenant}};
    return frame;
}

}  // namespace quoin
