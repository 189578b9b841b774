// How long from start to ready with many models, and what memory do they take?
//
//     server_start [program [project [folder [models...]]]]        default: build/quoin bench/.work/king_county . 1 2 5 10 20
//
// `project` has a live property_value_model of forests (bench/http_prediction makes one of three forests of 500 trees and 21,436 homes).
// It is copied under other names; all copies are live, each with its homes in the feature store. Started once to feed those, then without
// prepared models (the start after an upgrade), then as usual, five times; the medians are shown. The peers' part is to load models of the
// same size that LightGBM (twice) and XGBoost saved, in their own formats, from memory and by their own C interface: without a process, an
// HTTP server, features, explanations or past sales. The last line is machine-readable.

#include <fmt/ranges.h>

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

/// What the peers saved of their models, and how long they take to load it.
class Peers {
public:
    explicit Peers(const TrainedModel& model) {
        bench::Homes homes{model.encoder.encode(model.reference.raw.view()), {}};
        for (double label : model.reference.labels) homes.labels.push_back(static_cast<float>(std::isnan(label) ? 13 : std::log(label)));
        text_ = bench::LightgbmPeer(homes, 31, 500).saved(500);
        bytes_ = bench::XgboostPeer(homes, 64, 500).saved();
    }

    double seconds(int models) const {
        auto before = Steady::now();
        for (int k = 0; k < 2 * models; ++k) {
            int rounds = 0;
            BoosterHandle booster = nullptr;
            bench::check(LGBM_BoosterLoadModelFromString(text_.c_str(), &rounds, &booster), LGBM_GetLastError());
        }
        for (int k = 0; k < models; ++k) {
            BoosterHandle booster = nullptr;
            bench::check(XGBoosterCreate(nullptr, 0, &booster), XGBGetLastError());
            bench::check(XGBoosterLoadModelFromBuffer(booster, bytes_.data(), bytes_.size()), XGBGetLastError());
        }
        return std::chrono::duration<double>(Steady::now() - before).count();
    }

private:
    std::string text_, bytes_;
};

void show(const char* name, const Start& start) {
    fmt::print("{:<28} {:7.3f} s  {:6.2f} s of processor  {:7.0f} MB, {:.0f} of them no file's\n", name, start.seconds, start.cpu_seconds,
               start.megabytes, start.anonymous_megabytes);
}

struct Server {
    std::string program;
    std::filesystem::path folder;  ///< of the project that is made
};

/// The figures of so many models, shown and as JSON.
std::string measure(const Server& server, const TrainedModel& model, const Peers& peers, int models) {
    const auto& [program, folder] = server;
    bench::make_project(folder, model, models);
    auto first = start_once(program, folder);
    std::vector<Start> unprepared, usual;
    for (int k = 0; k < 3; ++k) {
        std::filesystem::remove_all(folder / "prepared");
        unprepared.push_back(start_once(program, folder));
    }
    for (int k = 0; k < 5; ++k) usual.push_back(start_once(program, folder));
    auto again = median(unprepared), start = median(usual);
    double peers_s = peers.seconds(models);
    fmt::print("{} models\n", models);
    show("first start, entities fed", first);
    show("start without prepared models", again);
    show("start", start);
    fmt::print("LightGBM and XGBoost load     {:7.3f} s\n", peers_s);
    std::fflush(stdout);
    return fmt::format(
        R"({{"models": {}, "start_s": {:.3f}, "start_cpu_s": {:.2f}, "unprepared_s": {:.3f}, "first_s": {:.3f}, "memory_mb": {:.0f}, )"
        R"("anonymous_mb": {:.0f}, "peers_load_s": {:.3f}, "ratio": {:.2f}}})",
        models, start.seconds, start.cpu_seconds, again.seconds, first.seconds, start.megabytes, start.anonymous_megabytes, peers_s,
        peers_s / start.seconds);
}

}  // namespace

int main(int argc, char** argv) {
    std::string program = argc > 1 ? argv[1] : "build/quoin", source = argc > 2 ? argv[2] : "bench/.work/king_county";
    std::filesystem::path folder = std::filesystem::path(argc > 3 ? argv[3] : ".") / "server_start.project";
    std::vector<int> counts;
    for (int k = 4; k < argc; ++k) counts.push_back(std::atoi(argv[k]));
    if (counts.empty()) counts = {1, 2, 5, 10, 20};
    auto project = bench::or_exit(Project::open(source));
    auto version = bench::or_exit(project.registry().find("property_value_model", "champion"));
    auto blob = bench::or_exit(project.blobs().get(version.artifact));
    auto model = bench::or_exit(TrainedModel::load(blob.bytes()));
    Peers peers(model);
    std::vector<std::string> lines;
    for (int models : counts) {
        std::filesystem::remove_all(folder);
        lines.push_back(measure({program, folder}, model, peers, models));
    }
    fmt::print("{{\"bench\": \"server_start\", \"by_models\": [{}]}}\n", fmt::join(lines, ", "));
    return 0;
}
