#include "control/commercial_demo.h"

#include <map>

#include "control/default_catalog.h"
#include "control/training_job.h"
#include "learning/series/growth_forecast.h"
#include "table/write.h"

namespace quoin {
namespace {

constexpr int months_ahead = 12;

/// "market/type" → its monthly income index.
Result<std::map<std::string, Series>> segments_of(const Table& table) {
    std::map<std::string, std::pair<std::vector<EventTime>, std::vector<double>>> rows;
    const auto &markets = *table.find("market_id"), &types = *table.find("property_type"), &months = *table.find("month");
    for (std::size_t i = 0; i < table.rows(); ++i) {
        auto& [times, values] = rows[markets.text(i) + "/" + types.text(i)];
        times.push_back(months.times()[i]);
        values.push_back(table.find("noi_index")->numbers()[i]);
    }
    std::map<std::string, Series> segments;
    for (auto& [name, columns] : rows) {
        TRY(series, Series::make(std::move(columns.first), std::move(columns.second)));
        segments.emplace(name, std::move(series));
    }
    return segments;
}

/// The rows with a forecast of their segment, each made with what was known at its own time.
Status add_forecasts(Table& incomes, const Table& segment_rows) {
    TRY(segments, segments_of(segment_rows));
    const auto &markets = *incomes.find("market_id"), &types = *incomes.find("property_type"), &times = *incomes.find("observed_at");
    std::map<std::string, std::map<EventTime, double>> forecasts;
    auto segment = [&](std::size_t row) { return markets.text(row) + "/" + types.text(row); };
    for (std::size_t i = 0; i < incomes.rows(); ++i) forecasts[segment(i)][times.times()[i]] = 0;
    for (auto& [name, by_origin] : forecasts) {
        std::vector<EventTime> origins;
        for (const auto& [origin, growth] : by_origin) origins.push_back(origin);
        TRY(growth, forecast_growth(segments.at(name), origins, months_ahead));
        for (std::size_t k = 0; k < origins.size(); ++k) by_origin[origins[k]] = growth[k];
    }
    Numbers column;
    for (std::size_t i = 0; i < incomes.rows(); ++i) column.push_back(forecasts[segment(i)][times.times()[i]]);
    return incomes.add({"segment_growth_forecast_12m", std::move(column)});
}

Status write_tables(const CommercialOptions& options, const std::filesystem::path& data) {
    TRY(market, simulate_commercial(options));
    TRY_VOID(add_forecasts(market.incomes, market.segments));
    std::filesystem::create_directories(data);
    TRY_VOID(write_table(market.truth, data / "commercial_truth.parquet"));
    TRY_VOID(write_table(market.segments, data / "commercial_segments.parquet"));
    TRY_VOID(write_table(market.incomes, data / "commercial_incomes.parquet"));
    return write_table(market.sales, data / "commercial_sales.parquet");
}

Status train_simulated(Project& project, const std::string& model, Progress& progress) {
    if (project.registry().find(model, "champion")) return {};
    TRY_VOID(write_simulated_declaration(project.declaration_file(model)));
    TRY(report, run_training(project, {.model = model, .actor = "quoin demo"}, progress));
    if (report.promoted) return {};
    std::string failed;
    for (const auto& gate : report.gates)
        if (!gate.passed) failed += (failed.empty() ? "" : "; ") + gate.message;
    return fail(ErrorKind::conflict, "the gates refused {} {}: {}", model, report.version.version_text(), failed);
}

}  // namespace

Status set_up_commercial(Project& project, const CommercialOptions& options, Progress& progress) {
    auto data = project.folder() / "data";
    if (!std::filesystem::exists(data / "commercial_sales.parquet")) TRY_VOID(write_tables(options, data));
    for (const char* model : {"cap_rate_model", "noi_growth_model"}) TRY_VOID(train_simulated(project, model, progress));
    return {};
}

}  // namespace quoin
