#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "features/catalog.h"
#include "features/quality.h"
#include "features/statistics.h"
#include "store/database.h"

namespace quoin {

/// A run of the daily pipeline as its statistics remember it.
struct StatisticsRun {
    std::string run, day;
    std::uint64_t sequence = 0;
    EventTime as_of, finished;
    bool passed = true;
};

/// Feature statistics and importance over time, in one SQLite file. The table `ml_features` holds the latest of each feature, under the
/// names of document 003; `ml_feature_statistics` those of every run; `ml_feature_importance` what features weigh in models. Thread-safe.
class StatisticsStore {
public:
    /// Error: unavailable, corrupt.
    static Result<StatisticsStore> open(const std::filesystem::path& file);

    /// Keeps a run's statistics, all or nothing. A run that is there already is replaced by the same.
    Status put(const StatisticsRun& run, std::span<const FeatureStatistics> statistics, std::span<const QualityResult> gates,
               const FeatureCatalog& catalog);
    Result<std::vector<StatisticsRun>> runs();  ///< latest first
    /// The statistics of the latest run before `run` in the order of (as_of, sequence); by name. Empty if there is none.
    Result<std::map<std::string, FeatureStatistics>> before(const StatisticsRun& run);

    /// One line of a feature's history.
    struct Line {
        std::string run, day, feature;
        std::uint64_t rows = 0;
        double null_rate = 0, least = 0, mean = 0, greatest = 0, deviation = 0;  ///< NaN where there is none
        double p05 = 0, p50 = 0, p95 = 0, outside_range_rate = 0, stability = 0;
    };
    /// Of the latest run; `feature` (view:feature) and `runs_max`: of one feature over the latest runs. Sorted by feature, latest first.
    Result<std::vector<Line>> lines(const std::string& feature, std::size_t runs_max);

    struct Importance {
        std::string model, version, feature;
        double importance = 0;
        EventTime recorded;
    };
    /// Keeps what features weigh in a version of a model; the same version again replaces its weights.
    Status put_importance(std::span<const Importance> weights);
    Result<std::vector<Importance>> importance(const std::string& feature);  ///< empty: of all; latest first

private:
    explicit StatisticsStore(Database database) : database_(std::move(database)) {}
    Status put_feature(const StatisticsRun& run, const FeatureStatistics& one, const FeatureCatalog& catalog);
    Database database_;
};

}  // namespace quoin
