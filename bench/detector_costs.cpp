// What does a value cost every streaming detector (P18)? Beside the Python package rrcf, in the same run, if its interpreter is given.
//
//     bench_detector_costs [PYTHON]          PYTHON: an interpreter with rrcf 0.4.4 (pip; it has no wheel)
//
// One core. The last line is machine-readable.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>

#include "base/rng.h"
#include "models/detector/change_point.h"
#include "models/detector/half_space_trees.h"
#include "models/detector/stream_detector.h"
#include "models/tail/spot.h"

namespace {

using namespace quoin;

constexpr std::size_t trees = 40, window = 256, shingle = 4;

/// Values per second of `learn`, called with the number of the value; a tenth of them goes before the clock starts.
template <class Learn>
double rate(std::size_t values, Learn learn) {
    for (std::size_t i = 0; i < values / 10; ++i) learn(i);
    auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < values; ++i) learn(values / 10 + i);
    return static_cast<double>(values) / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Points per second of the peer; 0 if it does not run.
double peer_rate(const std::string& python) {
    auto command = fmt::format("{} {}/bench/peers/rrcf_points.py {} {} {} 100", python, QUOIN_SOURCE_DIR, trees, window, shingle);
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    double points = 0;
    if (!pipe || std::fscanf(pipe.get(), "%lf", &points) != 1) return 0;
    return points;
}

}  // namespace

int main(int count, char** words) {
    Rng rng(1);
    std::vector<double> series(1 << 20);
    for (std::size_t i = 0; i < series.size(); ++i) series[i] = std::sin(static_cast<double>(i) / 20) + 0.1 * rng.normal();
    auto at = [&](std::size_t i) { return series[i % (series.size() - shingle)]; };
    auto points = [&](std::size_t i) { return std::span(series).subspan(i % (series.size() - shingle), shingle); };

    auto forest = RobustCutForest::make({.dimensions = shingle, .trees = trees, .sample_size = window}).value();
    auto small = HalfSpaceTrees::make({.dimensions = 1, .trees = 10, .depth = 8}).value();
    auto usual = HalfSpaceTrees::make({.dimensions = 1}).value();
    auto changes = ChangePointDetector::make({.model = RunModel::gaussian}).value();
    auto tail = Spot::make({}).value();
    auto drifting = Spot::make({.drift_window = 200}).value();
    auto ensemble = StreamDetector::make({}).value();
    double unit[1];
    auto scaled = [&](std::size_t i) { return unit[0] = 0.5 + 0.3 * at(i), std::span<const double>(unit); };

    std::vector<std::pair<std::string, double>> rates;
    rates.emplace_back("robust cut forest, 40 trees of 256, 4 dimensions",
                       rate(20000, [&](std::size_t i) { (void)forest.update(points(i)); }));
    rates.emplace_back("half-space trees, 10 of depth 8", rate(2000000, [&](std::size_t i) { (void)small.update(scaled(i)); }));
    rates.emplace_back("half-space trees, 25 of depth 15", rate(200000, [&](std::size_t i) { (void)usual.update(scaled(i)); }));
    rates.emplace_back("change points, Gaussian", rate(20000, [&](std::size_t i) { (void)changes.update(at(i)); }));
    rates.emplace_back("SPOT", rate(5000000, [&](std::size_t i) { (void)tail.update(at(i)); }));
    rates.emplace_back("DSPOT, window of 200", rate(5000000, [&](std::size_t i) { (void)drifting.update(at(i)); }));
    rates.emplace_back("ensemble", rate(3000, [&](std::size_t i) { (void)ensemble.update({&series[i], 1}); }));
    double peer = count > 1 ? peer_rate(words[1]) : 0;

    boost::json::object line{{"bench", "detector_costs"}};
    for (const auto& [name, value] : rates) {
        fmt::print("{:<52}{:>14.0f} values/s{:>12.3f} µs each\n", name, value, 1e6 / value);
        line[name] = value;
    }
    if (peer > 0) {
        fmt::print("{:<52}{:>14.0f} values/s: the first line is {:.0f} times as fast\n", "rrcf in Python, the same forest", peer,
                   rates[0].second / peer);
        line["rrcf"] = peer;
    }
    fmt::print("{}\n", boost::json::serialize(line));
    return 0;
}
