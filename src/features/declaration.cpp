#include "features/declaration.h"

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "base/yaml.h"

namespace quoin {
namespace {

constexpr std::array type_names = {"integer", "number", "boolean", "text", "numbers", "texts"};
constexpr std::size_t features_max = 512, name_bytes_max = 96;

bool is_name(std::string_view text) {
    auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    return !text.empty() && text.size() <= name_bytes_max && text[0] >= 'a' && text[0] <= 'z' && std::ranges::all_of(text, fits);
}

Status check_name(std::string_view name, const std::string& place) {
    if (is_name(name)) return {};
    return fail(ErrorKind::invalid, "{}: '{}' is no name; write snake_case, at most {} letters", place, name, name_bytes_max);
}

Status read_type(YamlKeys& keys, FeatureDeclaration& feature) {
    std::string word;
    TRY_VOID(keys.text("type", word, true));
    auto found = std::ranges::find(type_names, word);
    if (found == type_names.end())
        return fail(ErrorKind::invalid, "{}: '{}' is no type; write one of {}", keys.place("type"), word, fmt::join(type_names, ", "));
    feature.type = static_cast<FeatureType>(found - type_names.begin());
    return {};
}

Status read_range(YamlKeys& keys, FeatureDeclaration& feature) {
    std::vector<double> ends;
    TRY_VOID(keys.numbers("range", ends));
    if (ends.empty()) return {};
    if (ends.size() != 2 || ends[0] > ends[1])
        return fail(ErrorKind::invalid, "{}: 'range' must be [lowest, highest]", keys.place("range"));
    feature.range = {ends[0], ends[1]};
    return {};
}

Status read_default(YamlKeys& keys, FeatureDeclaration& feature) {
    if (!keys.node("default")) return {};
    std::string text;
    TRY_VOID(keys.text("default", text));
    double number = 0;
    if (text == "true" || text == "false") text.assign(1, text == "true" ? '1' : '0');
    else if (field_kind(feature.type) == FieldKind::number) TRY_VOID(keys.number("default", number));
    feature.default_text = text;
    return {};
}

Status read_window(YamlKeys& keys, FeatureDeclaration& feature) {
    std::string window;
    TRY_VOID(keys.text("window", window, true));
    if (window != "lifetime") {
        Duration length{};
        TRY_VOID(keys.duration("window", length));
        if (length < Duration::minutes(1))
            return fail(ErrorKind::invalid, "{}: a window has at least 1m, not {}", keys.place("window"), to_text(length));
        feature.window = length;
    }
    if (keys.node("tile")) {
        Duration tile{};
        TRY_VOID(keys.duration("tile", tile));
        if (!feature.window || tile < Duration::minutes(1) || tile.value() % Duration::minutes(1).value() != 0 ||
            feature.window->value() % tile.value() != 0)
            return fail(ErrorKind::invalid, "{}: a tile has whole minutes and divides the window", keys.place("tile"));
        feature.tile = tile;
    }
    return {};
}

Status read_parameters(YamlKeys& keys, TransformParameters& parameters) {
    auto k = static_cast<std::int64_t>(parameters.k);
    TRY_VOID(keys.whole("k", k));
    if (k < 1 || k > 32) return fail(ErrorKind::invalid, "{}: 'k' is {}; it may be 1 to 32", keys.place("k"), k);
    parameters.k = static_cast<std::size_t>(k);
    TRY_VOID(keys.number("q", parameters.q));
    if (!(parameters.q >= 0 && parameters.q <= 1))
        return fail(ErrorKind::invalid, "{}: 'q' is {}; a quantile lies between 0 and 1", keys.place("q"), parameters.q);
    TRY_VOID(keys.duration("per", parameters.per));
    if (parameters.per.value() <= 0) return fail(ErrorKind::invalid, "{}: 'per' must be longer than nothing", keys.place("per"));
    TRY_VOID(keys.numbers("edges", parameters.edges));
    if (!std::ranges::is_sorted(parameters.edges, std::less_equal<>()) || parameters.edges.size() > 65)
        return fail(ErrorKind::invalid, "{}: 'edges' must ascend, and be at most 65", keys.place("edges"));
    return {};
}

Status read_recency_unit(const std::string& word, const YamlKeys& keys, TransformParameters& parameters) {
    if (word == "seconds") parameters.unit = Duration::seconds(1);
    else if (word == "minutes") parameters.unit = Duration::minutes(1);
    else if (word == "hours") parameters.unit = Duration::hours(1);
    else if (word != "days")
        return fail(ErrorKind::invalid, "{}: recency is told in seconds, minutes, hours or days, not in '{}'", keys.place("unit"), word);
    return {};
}

Status read_aggregate(YamlKeys& keys, FeatureDeclaration& feature) {
    TRY_VOID(keys.text("where", feature.where));
    TRY_VOID(keys.text("value", feature.value));
    TRY_VOID(keys.text("transform", feature.transform, true));
    TRY_VOID(read_window(keys, feature));
    TRY_VOID(read_parameters(keys, feature.parameters));
    if (feature.transform == "recency" && !feature.unit.empty()) TRY_VOID(read_recency_unit(feature.unit, keys, feature.parameters));
    return {};
}

Status read_lookup(const Yaml& node, FeatureDeclaration& feature) {
    TRY(keys, YamlKeys::of(node, feature.place));
    FeatureLookup lookup;
    std::string target;
    TRY_VOID(keys.text("entity", lookup.entity, true));
    TRY_VOID(keys.text("by", lookup.by, true));
    TRY_VOID(keys.text("feature", target, true));
    TRY_VOID(keys.nothing_else());
    auto colon = target.find(':');
    if (colon == std::string::npos)
        return fail(ErrorKind::invalid, "{}: 'feature' of a lookup is written view:feature, not '{}'", feature.place, target);
    lookup.view = target.substr(0, colon), lookup.feature = target.substr(colon + 1);
    feature.lookup = std::move(lookup);
    return {};
}

Result<FeatureDeclaration> read_feature(const Yaml& node, const std::string& where) {
    TRY(keys, YamlKeys::of(node, where));
    FeatureDeclaration feature;
    feature.place = keys.place();
    TRY_VOID(keys.text("name", feature.name, true));
    TRY_VOID(check_name(feature.name, feature.place));
    TRY_VOID(keys.text("description", feature.description, true));
    TRY_VOID(keys.text("unit", feature.unit));
    TRY_VOID(read_type(keys, feature));
    TRY_VOID(read_range(keys, feature));
    TRY_VOID(read_default(keys, feature));
    TRY_VOID(keys.text("source_document", feature.source_document));
    TRY_VOID(keys.texts("from", feature.from));
    TRY_VOID(keys.text("expression", feature.expression));
    const Yaml* lookup = keys.node("lookup");
    if (int(!feature.from.empty()) + int(!feature.expression.empty()) + int(lookup != nullptr) != 1)
        return fail(ErrorKind::invalid, "{}: '{}' needs exactly one of from, expression and lookup", feature.place, feature.name);
    if (!feature.from.empty()) TRY_VOID(read_aggregate(keys, feature));
    if (lookup) TRY_VOID(read_lookup(*lookup, feature));
    TRY_VOID(keys.nothing_else());
    return feature;
}

}  // namespace

const char* name_of(FeatureType type) { return type_names[static_cast<std::size_t>(type)]; }

Result<ViewDeclaration> read_view(std::string_view yaml, const std::string& where) {
    TRY(document, parse_yaml(yaml, where));
    TRY(keys, YamlKeys::of(document, where));
    ViewDeclaration view;
    view.place = where;
    view.digest = sha256_hex(yaml);
    TRY_VOID(keys.text("view", view.view, true));
    TRY_VOID(check_name(view.view, keys.place("view")));
    TRY_VOID(keys.text("entity", view.entity, true));
    TRY_VOID(check_name(view.entity, keys.place("entity")));
    TRY_VOID(keys.text("description", view.description, true));
    TRY_VOID(keys.text("owner", view.owner));
    TRY_VOID(keys.text("category", view.category));
    TRY_VOID(keys.text("source_document", view.source_document));
    if (keys.node("ttl")) {
        Duration ttl{};
        TRY_VOID(keys.duration("ttl", ttl));
        if (ttl.value() <= 0) return fail(ErrorKind::invalid, "{}: 'ttl' must be longer than nothing", keys.place("ttl"));
        view.ttl = ttl;
    }
    const Yaml* features = keys.node("features");
    if (!features || features->items.empty() || features->items.size() > features_max)
        return fail(ErrorKind::invalid, "{}: a view has 1 to {} features", keys.place("features"), features_max);
    for (const Yaml& node : features->items) {
        TRY(feature, read_feature(node, where));
        for (const auto& other : view.features)
            if (other.name == feature.name) return fail(ErrorKind::invalid, "{}: '{}' stands twice", feature.place, feature.name);
        view.features.push_back(std::move(feature));
    }
    TRY_VOID(keys.nothing_else());
    return view;
}

}  // namespace quoin
