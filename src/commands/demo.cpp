#include <csignal>
#include <cstdio>
#include <filesystem>

#include "commands/answer_text.h"
#include "commands/command.h"
#include "commands/demo_leads.h"
#include "commands/demo_movers.h"
#include "commands/demo_training.h"
#include "commands/terminal.h"
#include "control/commercial_demo.h"
#include "control/homes_demo.h"
#include "control/platform_models.h"
#include "serving/host.h"

namespace quoin::command {

CommandEntry demo();

namespace {

constexpr const char* model_name = "property_value_model";

/// Capacity and tail latency of a simulated platform.
Status train_platform(Project& project, bool quiet) {
    TerminalProgress progress(quiet);
    TRY(reports, make_platform_models(project, progress));
    for (const auto& report : reports) {
        for (const auto& gate : report.gates) fmt::print("  {} {}\n", gate.passed ? "✓" : "✗", gate.message);
        fmt::print("{} {} of simulated telemetry {}\n", report.version.model, report.version.version_text(),
                   report.promoted ? "is in production" : "waits in staging: its gates refused it");
    }
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
        TRY(notes, set_up_homes(project, model_name, line.text("data")));
        for (const auto& note : notes) fmt::print("{}\n", note);
        TRY_VOID(train_for_demo(project, {.model = model_name}, line.has("quiet")));
    }
    if (line.text("data").empty()) {
        TerminalProgress progress(line.has("quiet"));
        TRY_VOID(set_up_commercial(project, {.end = system_clock().now()}, progress));
        TRY_VOID(train_platform(project, line.has("quiet")));
        TRY_VOID(train_movers(project, line.has("quiet")));
        TRY_VOID(feed_activity(project));
        TRY_VOID(set_up_leads(project, line.has("quiet")));
    }
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
