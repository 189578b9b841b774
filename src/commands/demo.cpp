#include <csignal>
#include <cstdio>
#include <filesystem>

#include "commands/answer_text.h"
#include "commands/command.h"
#include "commands/demo_leads.h"
#include "commands/terminal.h"
#include "control/feature_store.h"
#include "control/training_job.h"
#include "learning/draft.h"
#include "serving/host.h"
#include "simulation/activity.h"
#include "simulation/market.h"
#include "table/read.h"
#include "table/write.h"

namespace quoin::command {

CommandEntry demo();

namespace {

constexpr const char* model_name = "property_value_model";
constexpr const char* activity_source = "/simulation/activity";

/// The sales to learn from: the simulated market, written once, or the user's own file.
Result<std::string> sales_file(const std::filesystem::path& folder, const std::string& data) {
    if (!data.empty()) return std::filesystem::absolute(data).lexically_normal().string();
    auto file = folder / "data" / "sales.parquet";
    if (!std::filesystem::exists(file)) {
        std::filesystem::create_directories(file.parent_path());
        TRY(market, simulate_market());
        TRY_VOID(write_table(market.truth, folder / "data" / "truth.parquet"));
        TRY_VOID(write_table(market.homes, folder / "data" / "homes.parquet"));
        TRY_VOID(write_table(market.sales, file));
        fmt::print("simulated a market: {} sales of {} homes, seed {} (none of it is real)\n", market.sales.rows(), market.homes.rows(),
                   MarketOptions{}.seed);
    }
    return std::string("data/sales.parquet");
}

Status declare(Project& project, const std::string& source) {
    auto file = project.declaration_file(model_name);
    if (std::filesystem::exists(file)) return {};
    std::filesystem::path path = source;
    TRY(table, read_table(path.is_relative() ? project.folder() / path : path));
    TRY(draft, draft_declaration(table, {.model = model_name, .target = "", .time = "", .id = "", .source = source}));
    auto text = render_declaration(draft.declaration);
    TRY_VOID(write_file_atomically(file, std::as_bytes(std::span(text))));
    for (const auto& choice : draft.choices) fmt::print("  {}\n", choice);
    for (const auto& leak : draft.leaks) fmt::print("  '{}' {}\n", leak.column, leak.message);
    return {};
}

Status train_once(Project& project, bool quiet) {
    if (project.registry().find(model_name, "champion")) return {};
    TerminalProgress progress(quiet);
    TRY(report, run_training(project, {.model = model_name, .actor = "quoin demo"}, progress));
    for (const auto& gate : report.gates) fmt::print("  {} {}\n", gate.passed ? "✓" : "✗", gate.message);
    if (!report.promoted)
        return fail(ErrorKind::conflict, "the gates refused {}; see: quoin models --dir {}", report.version.version_text(),
                    project.folder().string());
    fmt::print("{} {} is in production\n", report.version.model, report.version.version_text());
    return {};
}

/// What simulated users did in the 90 days before the demo was set up, put into the event log once.
Status feed_activity(const Project& project) {
    if (std::filesystem::exists(project.folder() / "features" / "states.qfs")) return {};
    Telemetry telemetry;
    TRY(store, FeatureStore::open({.project = project.folder(), .follows_catalog = false}, telemetry));
    TRY(fed, store->log().position(activity_source));
    if (!fed.empty()) return {};
    TRY(simulated, simulate_activity({.end = store->log().now()}));
    EventLog::Batch batch;
    for (auto& happened : simulated) {
        Event event;
        event.source = activity_source, event.id = happened.id, event.type = happened.type, event.data = std::move(happened.data);
        event.time = event.known = happened.time, event.is_history = true;
        batch.events.push_back(std::move(event));
    }
    batch.positions.push_back({activity_source, "done"});
    std::size_t count = batch.events.size();
    TRY_VOID(store->ingest().submit_and_wait(std::move(batch)));
    fmt::print("simulated {} events of 200 users in 90 days (none of it is real)\n", count);
    return {};
}

void show_one(Predictor& predictor) {
    auto live = predictor.live(model_name);
    if (!live) return;
    PredictionQuery query;
    query.entity = EntityId{"prop_123"};
    auto prediction = predictor.predict("property_value", query);
    if (!prediction) {  // a file of one's own has other ids
        query.entity = EntityId{live->model().reference.ids.front()};
        prediction = predictor.predict("property_value", query);
    }
    if (prediction) fmt::print("\n{}\nrecorded as {}\n", answer_text(*prediction, live->model().unit), prediction->id);
}

Result<int> run(const CommandLine& line) {
    TRY(port, line.whole("port", 0, 65535));
    TRY(project, Project::create(line.text("dir")));
    if (!project.registry().find(model_name, "champion")) {
        TRY(source, sales_file(project.folder(), line.text("data")));
        TRY_VOID(declare(project, source));
        TRY_VOID(train_once(project, line.has("quiet")));
    }
    if (line.text("data").empty()) TRY_VOID(feed_activity(project));
    if (line.text("data").empty()) TRY_VOID(set_up_leads(project, line.has("quiet")));
    HostOptions options;
    options.server.port = static_cast<std::uint16_t>(port);
    TRY_VOID(host(project, options, [&](std::uint16_t bound, Predictor& predictor) {
        show_one(predictor);
        auto base = fmt::format("http://{}:{}", options.server.address, bound);
        fmt::print("\n  API      {0}/docs\n  health   {0}/health\n  card     {0}/v1/models/{1}/card\n"
                   "  ask      curl -s {0}/v1/predict/property-value -d '{{\"entity_id\":\"prop_123\"}}'\n"
                   "  lead     curl -s {0}/api/v1/ml/score-lead -d '{{\"leadId\":\"lead_abc123\"}}'\n"
                   "  features curl -s {0}/v1/features/user_documents/user_123\n\nready {0}\n",
                   base, model_name);
        std::fflush(stdout);
        if (line.has("once")) std::raise(SIGTERM);
    }));
    return 0;
}

}  // namespace

CommandEntry demo() {
    return {"demo",
            "set up a simulated market (or your file), train, and serve",
            "quoin demo --dir demo --port 8000",
            {{"--dir", "FOLDER", "where everything is kept; started again on it, the demo is ready at once", "demo"},
             {"--port", "N", "0: any free one", "8000"},
             {"--data", "FILE", "a file of sales instead of the simulated market"},
             {"--once", "", "stop after the first explained prediction"},
             quiet_option()},
            run};
}

}  // namespace quoin::command
