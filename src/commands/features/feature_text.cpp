#include "commands/features/feature_text.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>

namespace quoin {
namespace {

namespace json = boost::json;

std::string full_name(const FeatureView& view, std::uint16_t slot) { return view.name() + ":" + view.declaration().features[slot].name; }

json::array texts_json(const std::vector<std::string>& texts) {
    json::array array;
    for (const std::string& text : texts) array.push_back(json::value(text));
    return array;
}

/// The features that a feature reads directly.
std::vector<FeaturePlace> parents_of(const FeatureCatalog& catalog, const FeaturePlace& feature) {
    const CompiledFeature& compiled = feature.view->features()[feature.slot];
    std::vector<FeaturePlace> parents;
    if (compiled.expression)
        for (auto slot : compiled.expression->uses()) parents.push_back({feature.view, slot});
    if (const auto& lookup = compiled.declaration->lookup) {
        const FeatureView* target = catalog.find(lookup->view);
        parents.push_back({feature.view, *feature.view->slot(lookup->by)});
        parents.push_back({target, *target->slot(lookup->feature)});
    }
    return parents;
}

/// Opens features, each once.
class Lineage {
public:
    explicit Lineage(const FeatureCatalog& catalog) : catalog_(catalog) {}

    void open(const FeaturePlace& feature, std::size_t depth) {
        const auto& declared = feature.view->declaration().features[feature.slot];
        std::string name = full_name(*feature.view, feature.slot);
        bool is_new = opened_.insert(name).second;
        steps_.push_back({depth, "feature", name, is_new ? origin_text(declared) : "as above"});
        if (!is_new) return;
        if (!declared.from.empty()) open_events(feature, depth + 1);
        for (const FeaturePlace& parent : parents_of(catalog_, feature)) open(parent, depth + 1);
    }
    std::vector<LineageStep> release() { return std::move(steps_); }

private:
    void open_events(const FeaturePlace& feature, std::size_t depth) {
        const CompiledFeature& compiled = feature.view->features()[feature.slot];
        for (const auto& source : feature.view->components()[compiled.components[0]].sources) {
            const EventType& type = *catalog_.types().find(source.event_type);
            steps_.push_back({depth, "event", type.name, type.description});
            std::set<std::string> fields{type.entities.at(feature.view->entity())};
            for (const auto& expression : {source.where, source.value})
                if (expression)
                    for (auto slot : expression->uses()) fields.insert(slot < type.fields.size() ? type.fields[slot].name : "event_time");
            for (const std::string& field : fields) steps_.push_back({depth + 1, "field", type.name + "." + field, ""});
        }
    }

    const FeatureCatalog& catalog_;
    std::set<std::string> opened_;
    std::vector<LineageStep> steps_;
};

}  // namespace

std::string origin_text(const FeatureDeclaration& feature) {
    if (feature.lookup) return fmt::format("{}:{} by {}", feature.lookup->view, feature.lookup->feature, feature.lookup->by);
    if (!feature.expression.empty()) return feature.expression;
    std::string text = feature.transform;
    if (!feature.value.empty()) text += " of " + feature.value;
    text += fmt::format(" from {}", fmt::join(feature.from, ", "));
    if (!feature.where.empty()) text += " where " + feature.where;
    return text;
}

json::object feature_json(const FeatureView& view, const FeatureDeclaration& feature) {
    const auto& declared = view.declaration();
    json::object object{{"name", view.name() + ":" + feature.name},
                        {"view", view.name()},
                        {"feature", feature.name},
                        {"entity", view.entity()},
                        {"category", declared.category},
                        {"owner", declared.owner},
                        {"type", name_of(feature.type)},
                        {"description", feature.description}};
    auto add = [&](const char* key, const std::string& text) {
        if (!text.empty()) object[key] = text;
    };
    add("unit", feature.unit);
    add("default", feature.default_text.value_or(""));
    add("transform", feature.transform);
    if (!feature.from.empty()) object["from"] = texts_json(feature.from);
    add("where", feature.where);
    add("value", feature.value);
    if (!feature.transform.empty()) object["window"] = feature.window ? to_text(*feature.window) : "lifetime";
    add("expression", feature.expression);
    if (feature.lookup)
        object["lookup"] = {{"entity", feature.lookup->entity},
                            {"by", feature.lookup->by},
                            {"feature", feature.lookup->view + ":" + feature.lookup->feature}};
    if (feature.range) object["range"] = {feature.range->first, feature.range->second};
    if (declared.ttl) object["ttl"] = to_text(*declared.ttl);
    return object;
}

std::vector<LineageStep> lineage_of(const FeatureCatalog& catalog, const FeaturePlace& feature) {
    Lineage lineage(catalog);
    lineage.open(feature, 0);
    return lineage.release();
}

std::vector<std::string> dependents_of(const FeatureCatalog& catalog, const FeaturePlace& feature) {
    std::set<std::string> known{full_name(*feature.view, feature.slot)};
    for (std::size_t before = 0; before != known.size();) {
        before = known.size();
        for (const auto& view : catalog.views())
            for (std::uint16_t slot = 0; slot < view->features().size(); ++slot)
                for (const FeaturePlace& parent : parents_of(catalog, {view.get(), slot}))
                    if (known.contains(full_name(*parent.view, parent.slot))) known.insert(full_name(*view, slot));
    }
    known.erase(full_name(*feature.view, feature.slot));
    return {known.begin(), known.end()};
}

}  // namespace quoin
