// How long from start to ready with many models, and what memory do they take?
//
//     server_start [program [project [models [folder]]]]        default: build/quoin bench/.work/king_county 10 .
//
// `project` has a live property_value_model of forests (bench/http_prediction makes one of three forests of 500 trees and 21,436 homes).
// It is copied under other names; all copies are live, each with its homes in the feature store. Started once to feed those, then without
// prepared models (the start after an upgrade), then as usual, five times; the medians are shown. The peers' part is to load models of the
// same size that LightGBM (twice) and XGBoost saved, in their own formats, from memory and by their own C interface: without a process, an
// HTTP server, features, explanations or past sales. The last line is machine-readable.

#include <algorithm>
#include <chrono>
#include <vector>

#include "bench/forest_peers.h"
#include "bench/model_project.h"
#include "bench/served_project.h"

namespace {

using namespace quoin;
using Steady = std::chrono::steady_clock;

struct Start {
    double seconds, cpu_seconds, megabytes, anonymous_megabytes;
};

Start start_once(const std::string& program, const std::filesystem::path& folder) {
    auto before = Steady::now();
    bench::ServedProject server(program, folder);
    double seconds = std::chrono::duration<double>(Steady::now() - before).count();
    return {seconds, server.cpu_seconds(), server.megabytes(), server.megabytes("RssAnon")};
}

Start median(std::vector<Start> starts) {
    std::ranges::sort(starts, {}, &Start::seconds);
    return starts[starts.size() / 2];
}

/// Seconds in which the peers load `models` times what they saved.
double peers_load(const TrainedModel& model, int models) {
    bench::Homes homes{model.encoder.encode(model.reference.raw.view()), {}};
    for (double label : model.reference.labels) homes.labels.push_back(static_cast<float>(std::isnan(label) ? 13 : std::log(label)));
    auto text = bench::LightgbmPeer(homes, 31, 500).saved(500);
    auto bytes = bench::XgboostPeer(homes, 64, 500).saved();
    auto before = Steady::now();
    for (int k = 0; k < 2 * models; ++k) {
        int rounds = 0;
        BoosterHandle booster = nullptr;
        bench::check(LGBM_BoosterLoadModelFromString(text.c_str(), &rounds, &booster), LGBM_GetLastError());
    }
    for (int k = 0; k < models; ++k) {
        BoosterHandle booster = nullptr;
        bench::check(XGBoosterCreate(nullptr, 0, &booster), XGBGetLastError());
        bench::check(XGBoosterLoadModelFromBuffer(booster, bytes.data(), bytes.size()), XGBGetLastError());
    }
    return std::chrono::duration<double>(Steady::now() - before).count();
}

void show(const char* name, const Start& start) {
    fmt::print("{:<28} {:7.3f} s  {:6.2f} s of processor  {:7.0f} MB, {:.0f} of them no file's\n", name, start.seconds, start.cpu_seconds,
               start.megabytes, start.anonymous_megabytes);
}

}  // namespace

int main(int argc, char** argv) {
    std::string program = argc > 1 ? argv[1] : "build/quoin", source = argc > 2 ? argv[2] : "bench/.work/king_county";
    int models = argc > 3 ? std::atoi(argv[3]) : 10;
    std::filesystem::path folder = std::filesystem::path(argc > 4 ? argv[4] : ".") / "server_start.project";
    auto project = bench::or_exit(Project::open(source));
    auto version = bench::or_exit(project.registry().find("property_value_model", "champion"));
    auto blob = bench::or_exit(project.blobs().get(version.artifact));
    auto model = bench::or_exit(TrainedModel::load(blob.bytes()));
    bench::make_project(folder, model, models);

    auto first = start_once(program, folder);
    std::vector<Start> unprepared, usual;
    for (int k = 0; k < 3; ++k) {
        std::filesystem::remove_all(folder / "prepared");
        unprepared.push_back(start_once(program, folder));
    }
    for (int k = 0; k < 5; ++k) usual.push_back(start_once(program, folder));
    auto again = median(unprepared), start = median(usual);
    fmt::print("{} models\n", models);
    show("first start, entities fed", first);
    show("start without prepared models", again);
    show("start", start);
    std::fflush(stdout);
    double peers = peers_load(model, models);
    fmt::print("LightGBM and XGBoost load     {:7.3f} s\n", peers);
    fmt::print(
        R"({{"bench": "server_start", "models": {}, "start_s": {:.3f}, "start_cpu_s": {:.2f}, "unprepared_s": {:.3f}, "first_s": {:.3f}, )"
        R"("memory_mb": {:.0f}, "anonymous_mb": {:.0f}, "peers_load_s": {:.3f}, "ratio": {:.2f}}})"
        "\n",
        models, start.seconds, start.cpu_seconds, again.seconds, first.seconds, start.megabytes, start.anonymous_megabytes, peers,
        peers / start.seconds);
    return 0;
}
