#include <yaml-cpp/yaml.h>

#include <cmath>

#include "learning/declaration.h"

namespace quoin {
namespace {

std::string quoted(const std::string& text) {
    YAML::Emitter emitter;
    emitter << YAML::DoubleQuoted << text;
    bool plain = !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") == std::string::npos &&
                 text != "true" && text != "false" && text != "null" && text != "yes" && text != "no" && text != "on" && text != "off" &&
                 text != "y" && text != "n" && text != "Y" && text != "N";
    return plain ? text : emitter.c_str();
}

std::string render_list(const std::vector<std::string>& texts) {
    std::vector<std::string> written;
    for (const auto& text : texts) written.push_back(quoted(text));
    return fmt::format("[{}]", fmt::join(written, ", "));
}

std::string render_movable(const Movable& movable) {
    const char* direction = movable.direction > 0 ? "up" : movable.direction < 0 ? "down" : "any";
    if (!movable.values.empty()) return fmt::format("{{values: {}, direction: {}}}", render_list(movable.values), direction);
    return fmt::format("{{from: {}, to: {}, step: {}, direction: {}}}", movable.lower, movable.upper, movable.step, direction);
}

std::string render_feature(const DeclaredFeature& feature) {
    std::string line = fmt::format("  - {{column: {}", quoted(feature.column));
    if (feature.kind != ColumnKind::number) line += fmt::format(", kind: {}", name_of(feature.kind));
    if (feature.role != ColumnRole::none) line += fmt::format(", role: {}", name_of(feature.role));
    if (!feature.label.empty()) line += fmt::format(", label: {}", quoted(feature.label));
    if (!feature.unit.empty()) line += fmt::format(", unit: {}", quoted(feature.unit));
    if (feature.monotone != 0) line += fmt::format(", monotone: {}", feature.monotone);
    if (feature.movable) line += ", movable: " + render_movable(*feature.movable);
    return line + "}\n";
}

std::string render_member(const DeclaredMember& member, Objective usual) {
    std::string line = fmt::format("  - {{family: {}", member.family);
    if (member.name != member.family && !member.name.empty()) line += fmt::format(", name: {}", quoted(member.name));
    if (member.objective != usual) line += fmt::format(", objective: {}", name_of(member.objective));
    if (!member.parameters.empty()) {
        std::vector<std::string> parts;
        for (const auto& [name, value] : member.parameters) parts.push_back(fmt::format("{}: {}", name, value));
        line += fmt::format(", parameters: {{{}}}", fmt::join(parts, ", "));
    }
    return line + "}\n";
}

std::string render_label(const Declaration& declaration) {
    if (declaration.label.empty()) return "";
    auto out = fmt::format("label: {{column: {}", quoted(declaration.label));
    if (!declaration.label_unit.empty()) out += fmt::format(", unit: {}", quoted(declaration.label_unit));
    if (declaration.log_label) out += ", scale: log";
    if (std::isfinite(declaration.label_lower)) out += fmt::format(", minimum: {}", declaration.label_lower);
    if (std::isfinite(declaration.label_upper)) out += fmt::format(", maximum: {}", declaration.label_upper);
    if (!declaration.positive_level.empty()) out += fmt::format(", positive: {}", quoted(declaration.positive_level));
    return out + "}\n";
}

std::string render_event(const DeclaredEvent& event) {
    if (event.column.empty()) return "";
    auto out = fmt::format("event: {{column: {}, happened: {}", quoted(event.column), quoted(event.happened));
    if (!event.competing.empty()) out += fmt::format(", competing: {}", quoted(event.competing));
    return out + fmt::format(", horizon: {}, grid: [{}]}}\n", event.horizon, fmt::join(event.grid, ", "));
}

std::string render_protected(const Declaration& declaration) {
    if (declaration.protected_attributes.empty()) return "";
    std::string out = "\n# Read by the audit alone.\nprotected:\n";
    if (!declaration.protected_source.empty()) out += fmt::format("  source: {}\n", quoted(declaration.protected_source));
    out += fmt::format("  favourable: {}\n  threshold: {}\n  attributes:\n", declaration.favourable, declaration.decision_threshold);
    for (const auto& attribute : declaration.protected_attributes)
        out += fmt::format("    - {{column: {}, reference: {}}}\n", quoted(attribute.column), quoted(attribute.reference));
    return out;
}

}  // namespace

std::string render_declaration(const Declaration& declaration) {
    std::string out = "# Checked by quoin; the keys are described in catalog/schema/model.schema.json of the source tree.\n";
    auto line = [&](const char* key, const std::string& value) {
        if (!value.empty()) out += fmt::format("{}: {}\n", key, quoted(value));
    };
    line("model", declaration.model);
    line("entity", declaration.entity);
    line("source", declaration.source);
    line("id", declaration.id);
    line("time", declaration.time);
    if (!declaration.time_as_input) out += "time_as_input: false\n";
    out += render_label(declaration);
    out += fmt::format("task: {}\n", name_of(declaration.task));
    if (declaration.objective != Objective::squared_error) out += fmt::format("objective: {}\n", name_of(declaration.objective));
    if (!declaration.bands.empty()) out += "bands:\n";
    for (const auto& band : declaration.bands) out += fmt::format("  {}: {}\n", quoted(band.name), band.from);
    out += "\n";
    out += "features:\n";
    for (const auto& feature : declaration.features) out += render_feature(feature);
    if (!declaration.ignored.empty()) out += "\n# Columns of the file that the model does not read, and why.\nignored:\n";
    for (const auto& ignored : declaration.ignored)
        out += fmt::format("  - {{column: {}, why: {}}}\n", quoted(ignored.column), quoted(ignored.why));
    if (!declaration.members.empty())
        out += "\n# Each member is trained on its own; the weights of the ensemble are learned on out-of-fold predictions.\nmembers:\n";
    for (const auto& member : declaration.members) out += render_member(member, declaration.objective);
    out += fmt::format("\nfolds: {}\nfold_kind: {}\ntest_share: {}\nsearch_candidates: {}\nseed: {}\n", declaration.folds,
                       declaration.fold_kind, declaration.test_share, declaration.search_candidates, declaration.seed);
    line("fold_group", declaration.fold_group);
    out += fmt::format("levels: [{}]\n", fmt::join(declaration.levels, ", "));
    if (!declaration.quantiles.empty()) out += fmt::format("quantiles: [{}]\n", fmt::join(declaration.quantiles, ", "));
    if (!declaration.season.series.empty())
        out += fmt::format("season: {{series: {}, ahead_hours: {}}}\n", quoted(declaration.season.series), declaration.season.ahead_hours);
    out += render_event(declaration.event) + render_protected(declaration);
    line("interval_group", declaration.interval_group);
    if (!declaration.market_index) out += "market_index: false\n";
    if (!declaration.gates.empty()) out += "\n# A version that fails a gate is registered but not promoted.\ngates:\n";
    for (const auto& gate : declaration.gates) out += fmt::format("  - {}\n", quoted(gate));
    out += "\n";
    line("owner", declaration.owner);
    line("intended_use", declaration.intended_use);
    line("out_of_scope_use", declaration.out_of_scope_use);
    return out;
}

}  // namespace quoin
