// How do margins and exact SHAP values grow with the trees, the leaves and the features of a forest?
//
//     forest_growth [trees | leaves | features]...        default: all three curves
//
// LightGBM trains on made-up homes (21,613 rows); its model becomes a Forest. Per size: one row's margin (beside LightGBM's fast single-row
// call), a row of a batch of 1,000, one row's SHAP values, a row's of a batch of 256, and what the forest takes in memory. Medians on one
// thread; every row asked is another one, so that what does not fit a cache is fetched again as it would be in service. The last line is
// machine-readable.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "bench/forest_peers.h"
#include "bench/made_up_homes.h"

namespace {

using namespace quoin;

struct Size {
    int trees = 200, leaves = 31, features = 50;
};

struct Curve {
    std::string name;
    int Size::*what;
    std::vector<int> sizes;
};

const std::vector<Curve> curves = {{"trees", &Size::trees, {50, 100, 200, 500, 1000, 2000, 4000}},
                                   {"leaves", &Size::leaves, {7, 15, 31, 63, 127, 255, 511, 1023}},
                                   {"features", &Size::features, {11, 20, 50, 100, 200, 500}}};

/// Median microseconds of a call, over calls until they have taken a fifth of a second.
double median_us(const std::function<void(std::size_t)>& call) {
    std::vector<double> times;
    double total = 0;
    for (std::size_t i = 0; total < 2e5 || times.size() < 5; ++i) {
        auto start = std::chrono::steady_clock::now();
        call(i);
        times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
        total += times.back();
    }
    std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2));
    return times[times.size() / 2];
}

/// What the heap holds, freed pieces not counted.
double heap_megabytes() {
    auto heap = mallinfo2();
    return static_cast<double>(heap.uordblks + heap.hblkhd) / 1e6;
}

std::string measure(Size size) {
    auto homes = bench::made_up(static_cast<std::size_t>(size.features), 1), asked = bench::made_up(homes.rows.columns(), 2);
    bench::LightgbmPeer peer(homes, size.leaves, size.trees);
    auto before = heap_megabytes();
    auto forest = peer.first_trees(size.trees);
    auto memory = heap_megabytes() - before;
    auto rows = asked.rows.view();
    auto block = [&](std::size_t i, std::size_t count) {
        auto first = i * count % (rows.rows() - count);
        return rows.rows_between(first, first + count);
    };
    double out = 0;
    std::vector<double> reasons(homes.rows.columns() + 1);
    auto one = median_us([&](std::size_t i) { forest.margin(block(i, 1).row(0), {&out, 1}); });
    auto theirs = median_us([&](std::size_t i) { peer.margins(block(i, 1), {&out, 1}); });
    auto batch = median_us([&](std::size_t i) { forest.margins(block(i, 1000)); }) / 1000;
    auto explained = median_us([&](std::size_t i) {
        std::ranges::fill(reasons, 0.0);
        forest.contributions(block(i, 1).row(0), {reasons.data(), 1, reasons.size()});
    });
    auto explained_batch = median_us([&](std::size_t i) { forest.contributions(block(i, 256)); }) / 256;
    fmt::print("{:5} {:6} {:8} {:9.2f} {:9.1f} {:6.1f} {:9.3f} {:10.1f} {:10.1f} {:8.1f}\n", size.trees, size.leaves, size.features, one,
               theirs, theirs / one, batch, explained, explained_batch, memory);
    std::fflush(stdout);
    return fmt::format(R"({{"trees": {}, "leaves": {}, "features": {}, "one_us": {:.2f}, "lightgbm_us": {:.1f}, "batch_us": {:.3f}, )"
                       R"("explained_us": {:.1f}, "explained_batch_us": {:.1f}, "memory_mb": {:.1f}}})",
                       size.trees, size.leaves, size.features, one, theirs, batch, explained, explained_batch, memory);
}

}  // namespace

int main(int count, char** words) {
    std::vector<std::string_view> chosen(words + 1, words + count);
    fmt::print("trees leaves features    one us  LightGBM  ratio  of batch  explained  of batch       MB\n");
    std::vector<std::string> lines;
    for (const auto& curve : curves) {
        if (!chosen.empty() && std::ranges::find(chosen, curve.name) == chosen.end()) continue;
        for (int value : curve.sizes) {
            Size size;
            size.*curve.what = value;
            lines.push_back(measure(size));
        }
    }
    fmt::print("{{\"bench\": \"forest_growth\", \"cells\": [{}]}}\n", fmt::join(lines, ", "));
}
