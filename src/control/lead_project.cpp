#include "control/lead_project.h"

#include <algorithm>
#include <utility>

#include "control/default_catalog.h"
#include "features/training_set.h"
#include "table/write.h"

namespace quoin {
namespace {

constexpr const char* source = "/simulation/leads";
constexpr std::size_t batch_events = 20'000;

Status submit(FeatureStore& store, EventLog::Batch batch) {
    TRY(acceptances, store.ingest().submit_and_wait(std::move(batch)));
    auto refused = std::ranges::count(acceptances, Acceptance::Outcome::dead_letter, &Acceptance::outcome);
    if (refused > 0) return fail(ErrorKind::internal, "{} simulated events were refused; see: quoin events dead-letters", refused);
    return {};
}

Status feed(FeatureStore& store, const std::vector<SimulatedEvent>& events) {
    TRY(fed, store.log().position(source));
    if (!fed.empty()) return {};
    EventLog::Batch batch;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto& happened = events[i];
        Event event;
        event.source = source, event.id = happened.id, event.type = happened.type, event.data = happened.data;
        event.time = event.known = happened.time, event.is_history = true;
        batch.events.push_back(std::move(event));
        bool is_last = i + 1 == events.size();
        if (batch.events.size() < batch_events && !is_last) continue;
        if (is_last) batch.positions.push_back({source, "done"});
        TRY_VOID(submit(store, std::exchange(batch, {})));
    }
    return {};
}

/// The features of the models, each once.
Result<std::vector<std::string>> features_of(const Project& project) {
    std::vector<std::string> features;
    for (const auto& model : lead_models()) {
        TRY_VOID(write_simulated_declaration(project.declaration_file(model)));
        TRY(declaration, project.declaration(model));
        for (auto& feature : catalog_features(declaration))
            if (std::ranges::find(features, feature) == features.end()) features.push_back(std::move(feature));
    }
    return features;
}

}  // namespace

const std::vector<std::string>& lead_models() {
    static const std::vector<std::string> names = {"lead_conversion_model", "lead_time_to_close_model", "lead_risk_model"};
    return names;
}

std::vector<std::string> catalog_features(const Declaration& declaration) {
    std::vector<std::string> features;
    for (const auto& feature : declaration.features)
        if (feature.column.find(':') != std::string::npos) features.push_back(feature.column);
    return features;
}

Result<std::uint64_t> prepare_leads(const Project& project, FeatureStore& store, const SimulatedLeads& leads) {
    TRY_VOID(feed(store, leads.events));
    TRY(features, features_of(project));
    auto data = project.folder() / "data";
    std::filesystem::create_directories(data);
    auto moments = data / "lead_moments.parquet";
    TRY_VOID(write_table(leads.moments, moments));
    TRY_VOID(write_table(leads.truth, data / "lead_truth.parquet"));
    TRY(report, make_training_set(
                    store.online().catalog(), events_of(store.log()),
                    {.frame = moments, .output = data / "leads.parquet", .features = std::move(features), .time_column = "observed_at"}));
    std::error_code gone;
    std::filesystem::remove(moments, gone);
    return report.rows;
}

}  // namespace quoin
