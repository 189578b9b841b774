#include "control/platform_models.h"

#include <filesystem>

#include "control/default_catalog.h"
#include "simulation/platform.h"
#include "table/write.h"

namespace quoin {
namespace {

Status write_telemetry(const std::filesystem::path& data) {
    if (std::filesystem::exists(data / "platform.parquet") && std::filesystem::exists(data / "requests.parquet")) return {};
    std::error_code failure;
    std::filesystem::create_directories(data, failure);
    if (failure) return fail(ErrorKind::unavailable, "cannot make '{}': {}", data.string(), failure.message());
    TRY(telemetry, simulate_platform());
    TRY_VOID(write_table(telemetry.hour_truth, data / "platform_truth.parquet"));
    TRY_VOID(write_table(telemetry.request_truth, data / "requests_truth.parquet"));
    TRY_VOID(write_table(telemetry.hours, data / "platform.parquet"));
    return write_table(telemetry.requests, data / "requests.parquet");
}

}  // namespace

std::vector<std::string> platform_models() { return {"tail_latency_model", "capacity_model"}; }

Result<std::vector<TrainingReport>> make_platform_models(Project& project, Progress& progress) {
    std::vector<TrainingReport> reports;
    for (const auto& model : platform_models()) {
        if (project.registry().find(model, "champion")) continue;
        TRY_VOID(write_telemetry(project.folder() / "data"));
        TRY_VOID(write_simulated_declaration(project.declaration_file(model)));
        TRY(report, run_training(project, {.model = model, .actor = "quoin demo"}, progress));
        reports.push_back(std::move(report));
    }
    return reports;
}

}  // namespace quoin
