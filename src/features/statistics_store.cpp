#include "features/statistics_store.h"

#include <array>
#include <cmath>

namespace quoin {
namespace {

const std::array<Migration, 1> migrations = {{{"features/001_statistics", R"(
CREATE TABLE ml_feature_runs (
  run TEXT PRIMARY KEY, day TEXT NOT NULL, sequence INTEGER NOT NULL, as_of INTEGER NOT NULL, finished INTEGER NOT NULL,
  passed INTEGER NOT NULL);
CREATE TABLE ml_features (
  feature_name TEXT PRIMARY KEY, feature_view TEXT NOT NULL, entity_type TEXT NOT NULL, category TEXT NOT NULL, data_type TEXT NOT NULL,
  description TEXT NOT NULL, computation_logic TEXT NOT NULL, owner TEXT NOT NULL, default_value TEXT, version TEXT NOT NULL,
  row_count INTEGER NOT NULL, null_rate REAL, min_value REAL, max_value REAL, mean_value REAL, std_dev REAL, importance REAL,
  is_deprecated INTEGER NOT NULL DEFAULT 0, last_updated TEXT NOT NULL);
CREATE TABLE ml_feature_statistics (
  run TEXT NOT NULL, feature_name TEXT NOT NULL, row_count INTEGER NOT NULL, present_count INTEGER NOT NULL, null_count INTEGER NOT NULL,
  not_found_count INTEGER NOT NULL, outside_max_age_count INTEGER NOT NULL, outside_range_count INTEGER NOT NULL, null_rate REAL,
  min_value REAL, max_value REAL, mean_value REAL, std_dev REAL, p05 REAL, p25 REAL, p50 REAL, p75 REAL, p95 REAL, stability REAL,
  distribution TEXT NOT NULL, PRIMARY KEY (run, feature_name)) WITHOUT ROWID;
CREATE TABLE ml_feature_importance (
  model_name TEXT NOT NULL, model_version TEXT NOT NULL, feature_name TEXT NOT NULL, importance REAL NOT NULL, recorded INTEGER NOT NULL,
  PRIMARY KEY (model_name, model_version, feature_name)) WITHOUT ROWID;
)"}}};

SqlValue real(double value) { return std::isfinite(value) ? SqlValue(value) : SqlValue(nullptr); }
SqlValue whole(std::uint64_t value) { return static_cast<std::int64_t>(value); }
double real_of(const SqlRow& row, std::size_t column) {
    return row.is_null(column) ? std::numeric_limits<double>::quiet_NaN() : row.real(column);
}

std::string logic_text(const FeatureDeclaration& feature) {
    if (!feature.expression.empty()) return feature.expression;
    if (feature.lookup) return fmt::format("lookup {}:{} by {}", feature.lookup->view, feature.lookup->feature, feature.lookup->by);
    return fmt::format("{}({}) from {}{} over {}", feature.transform, feature.value, fmt::join(feature.from, ", "),
                       feature.where.empty() ? "" : " where " + feature.where, feature.window ? to_text(*feature.window) : "lifetime");
}

}  // namespace

Result<StatisticsStore> StatisticsStore::open(const std::filesystem::path& file) {
    std::error_code failure;
    std::filesystem::create_directories(file.parent_path(), failure);
    TRY(database, Database::open(file));
    TRY_VOID(database.migrate(migrations));
    return StatisticsStore(std::move(database));
}

Status StatisticsStore::put_feature(const StatisticsRun& run, const FeatureStatistics& one, const FeatureCatalog& catalog) {
    double nothing = std::numeric_limits<double>::quiet_NaN();
    bool is_of_numbers = one.is_of_numbers() && std::isfinite(one.least);
    double mean = is_of_numbers ? one.mean : nothing;
    auto quantile = [&](double q) { return is_of_numbers ? real(one.sketch.quantile(q)) : SqlValue(nullptr); };
    TRY_VOID(database_.execute(
        "INSERT OR REPLACE INTO ml_feature_statistics VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,NULL,?19)",
        {run.run, one.name(), whole(one.rows), whole(one.present), whole(one.null_values), whole(one.not_found), whole(one.outside_max_age),
         whole(one.outside_range), one.null_rate(), real(one.least), real(one.greatest), real(mean), real(one.deviation()), quantile(0.05),
         quantile(0.25), quantile(0.5), quantile(0.75), quantile(0.95), one.sketch.text()}));
    const FeatureView* view = catalog.find(one.view);
    auto slot = view ? view->slot(one.feature) : std::nullopt;
    if (!slot) return {};
    const auto& declared = view->declaration();
    const auto& feature = declared.features[*slot];
    return database_.execute(
        "INSERT INTO ml_features VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,NULL,0,?17) "
        "ON CONFLICT (feature_name) DO UPDATE SET feature_view=?2, entity_type=?3, category=?4, data_type=?5, description=?6, "
        "computation_logic=?7, owner=?8, default_value=?9, version=?10, row_count=?11, null_rate=?12, min_value=?13, max_value=?14, "
        "mean_value=?15, std_dev=?16, last_updated=?17",
        {one.name(), one.view, declared.entity, declared.category, std::string(name_of(feature.type)), feature.description,
         logic_text(feature), declared.owner, feature.default_text ? SqlValue(*feature.default_text) : SqlValue(nullptr),
         declared.digest.substr(0, 12), whole(one.rows), one.null_rate(), real(one.least), real(one.greatest), real(mean),
         real(one.deviation()), to_text(run.finished)});
}

Status StatisticsStore::put(const StatisticsRun& run, std::span<const FeatureStatistics> statistics, std::span<const QualityResult> gates,
                            const FeatureCatalog& catalog) {
    return database_.transaction([&]() -> Status {
        TRY_VOID(database_.execute(
            "INSERT OR REPLACE INTO ml_feature_runs VALUES (?1,?2,?3,?4,?5,?6)",
            {run.run, run.day, whole(run.sequence), run.as_of.value(), run.finished.value(), static_cast<std::int64_t>(run.passed)}));
        TRY_VOID(database_.execute("DELETE FROM ml_feature_statistics WHERE run = ?1", {run.run}));
        for (const FeatureStatistics& one : statistics) TRY_VOID(put_feature(run, one, catalog));
        for (const QualityResult& gate : gates)
            if (gate.gate == "distribution")
                TRY_VOID(database_.execute("UPDATE ml_feature_statistics SET stability = ?1 WHERE run = ?2 AND feature_name = ?3",
                                           {gate.measured, run.run, gate.feature}));
        return {};
    });
}

Result<std::vector<StatisticsRun>> StatisticsStore::runs() {
    TRY(rows,
        database_.query("SELECT run, day, sequence, as_of, finished, passed FROM ml_feature_runs ORDER BY as_of DESC, sequence DESC"));
    std::vector<StatisticsRun> runs;
    for (const SqlRow& row : rows)
        runs.push_back({row.text(0), row.text(1), static_cast<std::uint64_t>(row.integer(2)), EventTime{row.integer(3)},
                        EventTime{row.integer(4)}, row.integer(5) != 0});
    return runs;
}

Result<std::map<std::string, FeatureStatistics>> StatisticsStore::before(const StatisticsRun& run) {
    std::map<std::string, FeatureStatistics> found;
    TRY(runs, database_.query("SELECT run FROM ml_feature_runs WHERE passed = 1 AND (as_of, sequence) < (?1, ?2) "
                              "ORDER BY as_of DESC, sequence DESC LIMIT 1",
                              {run.as_of.value(), whole(run.sequence)}));
    if (runs.empty()) return found;
    TRY(rows, database_.query("SELECT feature_name, row_count, present_count, distribution FROM ml_feature_statistics WHERE run = ?1",
                              {runs[0].text(0)}));
    for (const SqlRow& row : rows) {
        FeatureStatistics one;
        auto name = row.text(0);
        one.view = name.substr(0, name.find(':')), one.feature = name.substr(name.find(':') + 1);
        one.rows = static_cast<std::uint64_t>(row.integer(1)), one.present = static_cast<std::uint64_t>(row.integer(2));
        TRY(sketch, ValueSketch::read(row.text(3)));
        one.sketch = std::move(sketch);
        found.emplace(std::move(name), std::move(one));
    }
    return found;
}

Result<std::vector<StatisticsStore::Line>> StatisticsStore::lines(const std::string& feature, std::size_t runs_max) {
    TRY(rows,
        database_.query("SELECT s.run, r.day, s.feature_name, s.row_count, s.null_rate, s.min_value, s.mean_value, s.max_value, s.std_dev, "
                        "s.p05, s.p50, s.p95, CAST(s.outside_range_count AS REAL) / max(1, s.present_count), s.stability "
                        "FROM ml_feature_statistics s JOIN (SELECT * FROM ml_feature_runs ORDER BY as_of DESC, sequence DESC LIMIT ?1) r "
                        "USING (run) WHERE ?2 = '' OR s.feature_name = ?2 ORDER BY s.feature_name, r.as_of DESC, r.sequence DESC",
                        {whole(runs_max), feature}));
    std::vector<Line> lines;
    for (const SqlRow& row : rows) {
        Line line{.run = row.text(0), .day = row.text(1), .feature = row.text(2), .rows = static_cast<std::uint64_t>(row.integer(3))};
        std::size_t column = 4;
        for (double* value : {&line.null_rate, &line.least, &line.mean, &line.greatest, &line.deviation, &line.p05, &line.p50, &line.p95,
                              &line.outside_range_rate, &line.stability})
            *value = real_of(row, column++);
        lines.push_back(std::move(line));
    }
    return lines;
}

Status StatisticsStore::put_importance(std::span<const Importance> weights) {
    return database_.transaction([&]() -> Status {
        for (const Importance& one : weights) {
            TRY_VOID(database_.execute("INSERT OR REPLACE INTO ml_feature_importance VALUES (?1,?2,?3,?4,?5)",
                                       {one.model, one.version, one.feature, one.importance, one.recorded.value()}));
            TRY_VOID(database_.execute("UPDATE ml_features SET importance = ?1 WHERE feature_name = ?2", {one.importance, one.feature}));
        }
        return {};
    });
}

Result<std::vector<StatisticsStore::Importance>> StatisticsStore::importance(const std::string& feature) {
    TRY(rows, database_.query("SELECT model_name, model_version, feature_name, importance, recorded FROM ml_feature_importance "
                              "WHERE ?1 = '' OR feature_name = ?1 ORDER BY recorded DESC, importance DESC, feature_name",
                              {feature}));
    std::vector<Importance> weights;
    for (const SqlRow& row : rows) weights.push_back({row.text(0), row.text(1), row.text(2), row.real(3), EventTime{row.integer(4)}});
    return weights;
}

}  // namespace quoin
