#include "learning/declaration.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "learning/declaration_checks.h"
#include "learning/declaration_names.h"

namespace quoin {
namespace {

constexpr std::size_t declaration_bytes_max = 1u << 20;

template <class Names>
int index_in(const Names& names, std::string_view text) {
    auto found = std::ranges::find(names, text);
    return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

std::string line_of(const YAML::Node& node) { return fmt::format("line {}", node.Mark().line + 1); }

/// Reads the keys of one map and remembers which it was asked for, so that a misspelt key is an error and not a silence.
class Keys {
public:
    Keys(YAML::Node map, std::string where) : map_(std::move(map)), where_(std::move(where)) {}

    template <class T>
    Status read(const char* key, T& out, bool required = false) {
        known_.insert(key);
        YAML::Node node = map_[key];
        if (!node || node.IsNull()) {
            if (!required) return {};
            return fail_field(ErrorKind::invalid, key, "{} has no '{}', which every declaration needs", where_, key);
        }
        try {
            out = node.as<T>();
            return {};
        } catch (const YAML::Exception&) {
            return fail_field(ErrorKind::invalid, key, "{}, {}: '{}' is of the wrong type", where_, line_of(node), key);
        }
    }
    YAML::Node list(const char* key) {
        known_.insert(key);
        return map_[key];
    }
    Status nothing_else() const {
        for (const auto& entry : map_) {
            auto key = entry.first.as<std::string>();
            if (known_.contains(key)) continue;
            return fail_field(ErrorKind::invalid, key, "{}, {}: unknown key '{}'; known are {}", where_, line_of(entry.first), key,
                              fmt::join(known_, ", "));
        }
        return {};
    }

private:
    YAML::Node map_;
    std::string where_;
    std::set<std::string> known_;
};

Result<Keys> map_of(const YAML::Node& node, const std::string& where) {
    if (!node.IsMap()) return fail(ErrorKind::invalid, "{} must be a list of 'key: value' lines", where);
    return Keys(node, where);
}

Result<ColumnKind> kind_from(const std::string& text) {
    for (auto kind : {ColumnKind::number, ColumnKind::category, ColumnKind::time})
        if (text == name_of(kind)) return kind;
    return fail_field(ErrorKind::invalid, "kind", "'{}' is no kind of column; write number, category or time", text);
}

Result<Movable> read_movable(const YAML::Node& node, const DeclaredFeature& feature) {
    TRY(keys, map_of(node, "movable"));
    Movable movable;
    std::string direction = "any";
    bool is_category = feature.kind == ColumnKind::category;
    TRY_VOID(keys.read("direction", direction));
    if (is_category) {
        TRY_VOID(keys.read("values", movable.values, true));
    } else {
        TRY_VOID(keys.read("from", movable.lower, true));
        TRY_VOID(keys.read("to", movable.upper, true));
        TRY_VOID(keys.read("step", movable.step, true));
    }
    TRY_VOID(keys.nothing_else());
    int index = index_in(std::array{"down", "any", "up"}, direction);
    if (index < 0)
        return fail_field(ErrorKind::invalid, "direction", "feature '{}': '{}' is no direction; write up, down or any", feature.column,
                          direction);
    movable.direction = index - 1;
    return movable;
}

Result<DeclaredFeature> read_feature(const YAML::Node& node) {
    DeclaredFeature feature;
    if (node.IsScalar()) {
        feature.column = node.as<std::string>();
        return feature;
    }
    TRY(keys, map_of(node, "a feature"));
    std::string kind = "number", role = "none";
    TRY_VOID(keys.read("column", feature.column, true));
    TRY_VOID(keys.read("kind", kind));
    TRY_VOID(keys.read("role", role));
    TRY_VOID(keys.read("label", feature.label));
    TRY_VOID(keys.read("unit", feature.unit));
    TRY_VOID(keys.read("monotone", feature.monotone));
    auto movable = keys.list("movable");
    TRY_VOID(keys.nothing_else());
    TRY(column_kind, kind_from(kind));
    feature.kind = column_kind;
    TRY(column_role, role_from(role));
    feature.role = column_role;
    if (feature.monotone < -1 || feature.monotone > 1)
        return fail_field(ErrorKind::invalid, "monotone", "feature '{}': monotone is 1 (rising), -1 (falling) or 0", feature.column);
    if (movable) {
        TRY(read, read_movable(movable, feature));
        feature.movable = std::move(read);
    }
    return feature;
}

Result<DeclaredMember> read_member(const YAML::Node& node, Objective usual) {
    DeclaredMember member{.objective = usual};
    if (node.IsScalar()) {
        member.family = node.as<std::string>();
        return member;
    }
    TRY(keys, map_of(node, "a member"));
    std::string objective = name_of(usual);
    TRY_VOID(keys.read("family", member.family, true));
    TRY_VOID(keys.read("name", member.name));
    TRY_VOID(keys.read("objective", objective));
    TRY_VOID(keys.read("parameters", member.parameters));
    TRY_VOID(keys.nothing_else());
    TRY(read, objective_from(objective));
    member.objective = read;
    if (member.objective == Objective::quantile)
        return fail_field(ErrorKind::invalid, "objective", "member '{}': levels of quantiles are declared for all members, in 'quantiles'",
                          member.family);
    return member;
}

Status read_label(const YAML::Node& node, Declaration& declaration) {
    if (!node) return fail_field(ErrorKind::invalid, "label", "the declaration has no 'label', the column to predict");
    if (node.IsScalar()) {
        declaration.label = node.as<std::string>();
        return {};
    }
    TRY(keys, map_of(node, "label"));
    std::string scale = "identity";
    TRY_VOID(keys.read("column", declaration.label, true));
    TRY_VOID(keys.read("unit", declaration.label_unit));
    TRY_VOID(keys.read("scale", scale));
    TRY_VOID(keys.read("positive", declaration.positive_level));
    TRY_VOID(keys.read("minimum", declaration.label_lower));
    TRY_VOID(keys.read("maximum", declaration.label_upper));
    TRY_VOID(keys.nothing_else());
    if (scale != "identity" && scale != "log")
        return fail_field(ErrorKind::invalid, "scale", "label: '{}' is no scale; write identity or log", scale);
    declaration.log_label = scale == "log";
    return {};
}

Status read_event(const YAML::Node& node, DeclaredEvent& event) {
    if (!node) return {};
    TRY(keys, map_of(node, "event"));
    TRY_VOID(keys.read("column", event.column, true));
    TRY_VOID(keys.read("happened", event.happened, true));
    TRY_VOID(keys.read("competing", event.competing));
    TRY_VOID(keys.read("horizon", event.horizon, true));
    TRY_VOID(keys.read("grid", event.grid));
    for (int tenth = 1; event.grid.empty() && tenth <= 10; ++tenth) event.grid.push_back(event.horizon * tenth / 10);
    return keys.nothing_else();
}

Status read_protected(const YAML::Node& node, Declaration& declaration) {
    if (!node) return {};
    TRY(keys, map_of(node, "protected"));
    TRY_VOID(keys.read("source", declaration.protected_source));
    TRY_VOID(keys.read("favourable", declaration.favourable));
    TRY_VOID(keys.read("threshold", declaration.decision_threshold));
    for (const auto& entry : keys.list("attributes")) {
        TRY(attribute, map_of(entry, "a protected attribute"));
        auto& read = declaration.protected_attributes.emplace_back();
        TRY_VOID(attribute.read("column", read.column, true));
        TRY_VOID(attribute.read("reference", read.reference, true));
        TRY_VOID(attribute.nothing_else());
    }
    return keys.nothing_else();
}

Status read_season(const YAML::Node& node, DeclaredSeason& season) {
    if (!node) return {};
    TRY(keys, map_of(node, "season"));
    TRY_VOID(keys.read("series", season.series, true));
    TRY_VOID(keys.read("ahead_hours", season.ahead_hours));
    return keys.nothing_else();
}

Status read_lists(Keys& keys, Declaration& declaration) {
    for (const auto& node : keys.list("features")) {
        TRY(feature, read_feature(node));
        declaration.features.push_back(std::move(feature));
    }
    for (const auto& node : keys.list("ignored")) {
        TRY(ignored, map_of(node, "an ignored column"));
        auto& column = declaration.ignored.emplace_back();
        TRY_VOID(ignored.read("column", column.column, true));
        TRY_VOID(ignored.read("why", column.why));
        TRY_VOID(ignored.nothing_else());
    }
    std::set<std::string> names;
    for (const auto& node : keys.list("members")) {
        TRY(member, read_member(node, declaration.objective));
        if (member.name.empty()) member.name = member.family;
        for (int copy = 2; names.contains(member.name); ++copy) member.name = fmt::format("{}_{}", member.family, copy);
        names.insert(member.name);
        declaration.members.push_back(std::move(member));
    }
    return {};
}

Status read_bands(const YAML::Node& node, Declaration& declaration) {
    if (!node) return {};
    if (!node.IsMap() || declaration.task != Task::binary)
        return fail_field(ErrorKind::invalid, "bands", "bands are lines of 'NAME: least probability' under a binary model");
    for (const auto& entry : node) declaration.bands.push_back({entry.first.as<std::string>(), entry.second.as<double>()});
    bool ascending = std::ranges::is_sorted(declaration.bands, [](const Band& a, const Band& b) { return a.from <= b.from; });
    if (declaration.bands.empty() || declaration.bands.front().from != 0 || declaration.bands.back().from >= 1 || !ascending)
        return fail_field(ErrorKind::invalid, "bands", "bands begin at 0 and rise, each below 1: LOW: 0, MEDIUM: 0.2, HIGH: 0.5");
    return {};
}

Status read_objective(Keys& keys, Declaration& declaration) {
    std::string objective = name_of(declaration.objective);
    TRY_VOID(keys.read("objective", objective));
    TRY(read, objective_from(objective));
    declaration.objective = read;
    return {};
}

Status read_document(const YAML::Node& document, Declaration& declaration) {
    TRY(keys, map_of(document, "the declaration"));
    std::string task = "regression";
    TRY_VOID(keys.read("model", declaration.model, true));
    TRY_VOID(keys.read("entity", declaration.entity));
    TRY_VOID(keys.read("source", declaration.source, true));
    TRY_VOID(keys.read("id", declaration.id));
    TRY_VOID(keys.read("time", declaration.time));
    TRY_VOID(keys.read("time_as_input", declaration.time_as_input));
    TRY_VOID(keys.read("task", task));
    TRY_VOID(keys.read("market_index", declaration.market_index));
    TRY(read_task, task_from(task));
    declaration.task = read_task;
    auto label = keys.list("label");
    if (label || declaration.task != Task::timing) TRY_VOID(read_label(label, declaration));
    TRY_VOID(read_objective(keys, declaration));
    TRY_VOID(read_bands(keys.list("bands"), declaration));
    TRY_VOID(read_lists(keys, declaration));
    TRY_VOID(keys.read("folds", declaration.folds));
    TRY_VOID(keys.read("fold_kind", declaration.fold_kind));
    TRY_VOID(keys.read("fold_group", declaration.fold_group));
    TRY_VOID(keys.read("test_share", declaration.test_share));
    TRY_VOID(keys.read("search_candidates", declaration.search_candidates));
    TRY_VOID(keys.read("levels", declaration.levels));
    TRY_VOID(keys.read("quantiles", declaration.quantiles));
    TRY_VOID(read_season(keys.list("season"), declaration.season));
    TRY_VOID(read_event(keys.list("event"), declaration.event));
    TRY_VOID(read_protected(keys.list("protected"), declaration));
    TRY_VOID(keys.read("interval_group", declaration.interval_group));
    TRY_VOID(keys.read("gates", declaration.gates));
    TRY_VOID(keys.read("seed", declaration.seed));
    TRY_VOID(keys.read("owner", declaration.owner));
    TRY_VOID(keys.read("intended_use", declaration.intended_use));
    TRY_VOID(keys.read("out_of_scope_use", declaration.out_of_scope_use));
    TRY_VOID(keys.nothing_else());
    return check_declaration(declaration);
}

}  // namespace

Result<Declaration> parse_declaration(std::string_view yaml) try {
    if (yaml.size() > declaration_bytes_max)
        return fail(ErrorKind::too_large, "the declaration has {} bytes; the limit is {}", yaml.size(), declaration_bytes_max);
    Declaration declaration;
    declaration.text = yaml;
    TRY_VOID(read_document(YAML::Load(declaration.text), declaration));
    return declaration;
} catch (const YAML::Exception& thrown) {
    return fail(ErrorKind::invalid, "the declaration is not YAML: {} (line {})", thrown.msg, thrown.mark.line + 1);
}

}  // namespace quoin
