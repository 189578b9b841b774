#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "features/statistics.h"

namespace quoin {

struct Yaml;

/// What a feature's values must be like for a run to be stored. The defaults are those of docs/guides/features.md.
struct QualityThresholds {
    double null_rate_max = 1.0;       ///< share of the rows without a value
    double outside_range_max = 0.01;  ///< share of the values outside the declared range
    double stability_max = 0.25;      ///< population stability index against the run before
    std::uint64_t rows_min = 0;
};

/// Thresholds of all features: one YAML file with `defaults` and, under `features`, what differs for a view or a view:feature.
class QualityRules {
public:
    /// The defaults for everything.
    QualityRules() = default;
    /// Error: invalid, naming file and line; not_found.
    static Result<QualityRules> load(const std::filesystem::path& file);
    static Result<QualityRules> parse(std::string_view yaml, const std::string& where);
    QualityThresholds of(const std::string& view, const std::string& feature) const;
    /// Error: not_found, naming a view or feature of the rules that the catalog does not have.
    Status check_names(const FeatureCatalog& catalog) const;

private:
    struct Override {
        std::optional<double> null_rate_max, outside_range_max, stability_max;
        std::optional<std::uint64_t> rows_min;
    };
    static Result<QualityRules> read(const Yaml& document, const std::string& where);
    static Result<Override> read_override(const Yaml& node, const std::string& where);
    static void apply(const Override& override, QualityThresholds& thresholds);
    Override defaults_;
    std::map<std::string, Override> overrides_;
};

/// One gate of one feature.
struct QualityResult {
    std::string feature;  ///< view:feature
    std::string gate;     ///< rows, null_rate, range, distribution
    double measured = 0, limit = 0;
    bool passed = false;
    std::string message;  ///< a sentence, if it did not pass
};

/// All gates of all features. `former`: the statistics of the run before, by name; a feature that is not there has no distribution gate.
std::vector<QualityResult> judge_quality(std::span<const FeatureStatistics> statistics,
                                         const std::map<std::string, FeatureStatistics>& former, const QualityRules& rules);

}  // namespace quoin
