// How do reads, events and memory of the online features grow with entities and with features (P20)? A line per point.
//
//     bench_feature_growth [entities...]             default: 1000 10000 100000 1000000, each with 50 features
//
// Then 100,000 entities with 10, 50, 100 and 250 features. What a read of one random entity takes (p50, p99 of the quietest of five
// passes), of 100 together, per feature and second; what an event takes that moves all windows of the view; bytes per entity. The last line
// is machine-readable.

#include "bench/visits.h"

namespace {

using namespace quoin;
using namespace quoin::visits;

struct Point {
    std::size_t entities, features;
    double p50_ns, p99_ns, batch_us, events_per_s;
    std::size_t bytes;
};

double batch_us(const FeaturePlan& plan, OnlineView& online, std::size_t entities) {
    Rng rng(3);
    std::vector<double> taken, out(100 * plan.places().size());
    for (int i = 0; i < 2'000; ++i) {
        std::vector<std::string> ids(100);
        for (auto& id : ids) id = user(rng.below(entities));
        std::vector<std::string_view> views(ids.begin(), ids.end());
        auto start = Steady::now();
        if (!plan.read_numbers(online, {"default", views, now}, out)) std::exit(1);
        taken.push_back(seconds_since(start) * 1e6);
    }
    return quantiles(taken).p50;
}

Point measure(std::size_t entities, std::size_t features) {
    auto declared = catalog(features);
    OnlineView online(declared);
    const EventType& type = *declared->types().find("visit");
    ViewTable& table = *online.table("wide");
    fill(table, type, entities);
    auto plan = need(FeaturePlan::make(online, names_of(table.view())));
    make_rows(plan, online, entities);
    std::size_t bytes = table.bytes() / entities;
    auto [p50, p99] = read_single(plan, online, entities, 200'000);
    double batch = batch_us(plan, online, entities);
    std::vector<std::string> ids(200'000);
    return {entities, features, p50, p99, batch, fold_rate(table, type, entities, ids), bytes};
}

}  // namespace

int main(int count, char** words) {
    std::vector<Point> points;
    auto add = [&](std::size_t entities, std::size_t features) {
        const Point& p = points.emplace_back(measure(entities, features));
        fmt::print("{:>8} entities, {:>3} features: read p50 {:.0f} ns, p99 {:.0f} ns; 100 entities {:.1f} us; {:.0f} events/s; {} bytes\n",
                   p.entities, p.features, p.p50_ns, p.p99_ns, p.batch_us, p.events_per_s, p.bytes);
        std::fflush(stdout);
    };
    for (int i = 1; i < count; ++i) add(std::stoul(words[i]), 50);
    if (count == 1)
        for (std::size_t entities : {1'000, 10'000, 100'000, 1'000'000}) add(entities, 50);
    for (std::size_t features : {10, 50, 100, 250}) add(100'000, features);
    std::string lines;
    for (const Point& p : points)
        lines += fmt::format(
            R"({}{{"entities":{},"features":{},"p50_ns":{:.0f},"p99_ns":{:.0f},"batch100_us":{:.1f},"events_per_s":{:.0f},)"
            R"("bytes":{}}})",
            lines.empty() ? "" : ",", p.entities, p.features, p.p50_ns, p.p99_ns, p.batch_us, p.events_per_s, p.bytes);
    fmt::print("{{\"bench\":\"feature_growth\",\"points\":[{}]}}\n", lines);
    return 0;
}
