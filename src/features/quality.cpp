#include "features/quality.h"

#include "base/yaml.h"

namespace quoin {

Result<QualityRules::Override> QualityRules::read_override(const Yaml& node, const std::string& where) {
    Override override;
    TRY(keys, YamlKeys::of(node, where));
    auto share = [&](const char* key, std::optional<double>& out, double greatest) -> Status {
        if (!keys.has(key)) return {};
        double value = 0;
        TRY_VOID(keys.number(key, value));
        if (!(value >= 0 && value <= greatest))
            return fail(ErrorKind::invalid, "{}: '{}' must be from 0 to {}, not {}", keys.place(key), key, greatest, value);
        out = value;
        return {};
    };
    TRY_VOID(share("null_rate_max", override.null_rate_max, 1));
    TRY_VOID(share("outside_range_max", override.outside_range_max, 1));
    TRY_VOID(share("stability_max", override.stability_max, 1000));
    if (keys.has("rows_min")) {
        std::int64_t rows = 0;
        TRY_VOID(keys.whole("rows_min", rows));
        if (rows < 0) return fail(ErrorKind::invalid, "{}: 'rows_min' must not be negative", keys.place("rows_min"));
        override.rows_min = static_cast<std::uint64_t>(rows);
    }
    TRY_VOID(keys.nothing_else());
    return override;
}

Result<QualityRules> QualityRules::parse(std::string_view yaml, const std::string& where) {
    TRY(document, parse_yaml(yaml, where));
    return read(document, where);
}

Result<QualityRules> QualityRules::read(const Yaml& document, const std::string& where) {
    QualityRules rules;
    TRY(keys, YamlKeys::of(document, where));
    if (const Yaml* node = keys.node("defaults")) {
        TRY(defaults, read_override(*node, where));
        rules.defaults_ = defaults;
    }
    if (const Yaml* features = keys.node("features")) {
        if (features->kind != Yaml::Kind::map) return fail(ErrorKind::invalid, "{}: 'features' must be a map", keys.place("features"));
        for (const auto& [name, node] : features->entries) {
            TRY(override, read_override(node, where));
            rules.overrides_[name] = override;
        }
    }
    TRY_VOID(keys.nothing_else());
    return rules;
}

Result<QualityRules> QualityRules::load(const std::filesystem::path& file) {
    TRY(document, read_yaml(file.string()));
    return read(document, file.filename().string());
}

void QualityRules::apply(const Override& override, QualityThresholds& thresholds) {
    thresholds.null_rate_max = override.null_rate_max.value_or(thresholds.null_rate_max);
    thresholds.outside_range_max = override.outside_range_max.value_or(thresholds.outside_range_max);
    thresholds.stability_max = override.stability_max.value_or(thresholds.stability_max);
    thresholds.rows_min = override.rows_min.value_or(thresholds.rows_min);
}

QualityThresholds QualityRules::of(const std::string& view, const std::string& feature) const {
    QualityThresholds thresholds;
    apply(defaults_, thresholds);
    for (const std::string& name : {view, view + ":" + feature})
        if (auto found = overrides_.find(name); found != overrides_.end()) apply(found->second, thresholds);
    return thresholds;
}

Status QualityRules::check_names(const FeatureCatalog& catalog) const {
    for (const auto& [name, override] : overrides_) {
        if (catalog.find(name)) continue;
        auto colon = name.find(':');
        if (colon != std::string::npos && catalog.place(name)) continue;
        return fail_field(ErrorKind::not_found, name,
                          "the quality rules speak of '{}', which is neither a view nor a view:feature of the catalog", name);
    }
    return {};
}

std::vector<QualityResult> judge_quality(std::span<const FeatureStatistics> statistics,
                                         const std::map<std::string, FeatureStatistics>& former, const QualityRules& rules) {
    std::vector<QualityResult> results;
    for (const FeatureStatistics& one : statistics) {
        QualityThresholds limits = rules.of(one.view, one.feature);
        auto judge = [&](const char* gate, double measured, double limit, bool passed, std::string message) {
            results.push_back({one.name(), gate, measured, limit, passed, passed ? std::string() : std::move(message)});
        };
        auto rows = static_cast<double>(one.rows), rows_min = static_cast<double>(limits.rows_min);
        judge("rows", rows, rows_min, rows >= rows_min,
              fmt::format("{} has {} rows, at least {} are needed", one.name(), one.rows, limits.rows_min));
        judge("null_rate", one.null_rate(), limits.null_rate_max, one.null_rate() <= limits.null_rate_max,
              fmt::format("{:.1f} % of {} have no value, at most {:.1f} % may", 100 * one.null_rate(), one.name(),
                          100 * limits.null_rate_max));
        judge("range", one.outside_range_rate(), limits.outside_range_max, one.outside_range_rate() <= limits.outside_range_max,
              fmt::format("{:.2f} % of the values of {} are outside the declared range, at most {:.2f} % may",
                          100 * one.outside_range_rate(), one.name(), 100 * limits.outside_range_max));
        auto before = former.find(one.name());
        auto index = before == former.end() ? std::nullopt : population_stability(before->second.sketch, one.sketch);
        if (index)
            judge("distribution", *index, limits.stability_max, *index <= limits.stability_max,
                  fmt::format("{} is distributed otherwise than in the run before: stability index {:.3f}, at most {} allowed", one.name(),
                              *index, limits.stability_max));
    }
    return results;
}

}  // namespace quoin
