#pragma once

#include "control/lead_project.h"
#include "control/training_job.h"
#include "serving/feature_server_fixture.h"

namespace quoin {

/// A server whose leads are simulated up to its clock, with small models learned from them. Made once for all tests of this file.
struct LeadServer {
    LeadServer() {
        leads = simulate_leads({.leads = 1500, .end = server.clock.now()}).value();
        rows = prepare_leads(project, *server.store, leads).value();
        for (const auto& model : lead_models()) {
            auto trained = run_training(project, {.model = model, .baselines = false});
            if (!trained) throw std::runtime_error(trained.error().message);
            reports.push_back(*trained);
            auto live = project.load(model, "v1").value();
            if (auto published = server.feed->publish(*live); !published) throw std::runtime_error(published.error().message);
            server.predictor.swap(live);
        }
    }
    FeatureServer server;
    Project project = Project::create(server.folder.path).value();
    SimulatedLeads leads;
    std::uint64_t rows = 0;
    std::vector<TrainingReport> reports;
};

inline LeadServer& lead_server() {
    static LeadServer made;
    return made;
}

}  // namespace quoin
