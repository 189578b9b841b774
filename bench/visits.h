#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/rng.h"
#include "features/feature_plan.h"

/// A made-up world for the benchmarks of features: users who visit pages.
namespace quoin::visits {

using Steady = std::chrono::steady_clock;
inline double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

template <class T>
T need(Result<T> result) {
    if (result) return std::move(*result);
    fmt::print(stderr, "{}\n", result.error().message);
    std::exit(1);
}

struct Quantiles {
    double p50, p99;
};
inline Quantiles quantiles(std::vector<double>& values) {
    std::ranges::sort(values);
    return {values[values.size() / 2], values[values.size() * 99 / 100]};
}

inline std::string user(std::uint64_t i) { return fmt::format("user_{}", i); }

inline const EventTime now = from_civil(2026, 6, 1);
constexpr std::array windows = {"1h", "24h", "7d", "30d", "90d"};

/// A view of users with each of `transforms` over the five windows.
inline void write_view(const std::filesystem::path& folder, const std::string& name, const std::vector<std::string>& transforms) {
    std::ofstream file(folder / (name + ".yaml"));
    file << "view: " << name << "\nentity: user\ndescription: d\nfeatures:\n";
    for (std::size_t i = 0; i < transforms.size(); ++i)
        for (std::string window : windows)
            file << "  - {name: f" << i << "_" << window << ", description: d, type: number, from: visit, transform: " << transforms[i]
                 << ", window: " << window << "}\n";
}

/// The view `wide` with as many features as asked for (a multiple of 5), and `five`, a count over five windows.
inline std::shared_ptr<const FeatureCatalog> catalog(std::size_t features) {
    const std::array of_all = {"count, where: seconds >= {}",
                               "sum, value: seconds, where: seconds >= {}",
                               "mean, value: seconds, where: seconds >= {}",
                               "min, value: seconds, where: seconds >= {}",
                               "max, value: seconds, where: seconds >= {}",
                               "std, value: seconds, where: seconds >= {}",
                               "rate, where: seconds > {}",
                               "distinct, value: page, where: seconds >= {}",
                               "ratio, value: seconds > {}",
                               "entropy, value: page, where: seconds >= {}"};
    auto folder = std::filesystem::temp_directory_path() / ("quoin_bench_" + random_hex_id());
    std::filesystem::create_directories(folder / "events");
    std::filesystem::create_directories(folder / "features");
    std::ofstream(folder / "events/visit.yaml")
        << "type: visit\ndescription: d\nentities: {user: user_id}\nfields:\n  user_id: {type: text}\n"
           "  seconds: {type: number}\n  page: {type: text}\n";
    std::vector<std::string> transforms;
    for (std::size_t i = 0; i < features / windows.size(); ++i)
        transforms.push_back(fmt::format(fmt::runtime(of_all[i % of_all.size()]), i / of_all.size() * 30));
    write_view(folder / "features", "wide", transforms);
    write_view(folder / "features", "five", {"count"});
    auto made = need(FeatureCatalog::load(folder));
    std::filesystem::remove_all(folder);
    return made;
}

inline std::vector<std::string> names_of(const FeatureView& view) {
    std::vector<std::string> names;
    for (const auto& feature : view.features()) names.push_back(view.name() + ":" + feature.declaration->name);
    return names;
}

/// A decoded event; its texts point into `data`.
struct Visit {
    std::string data;
    Record record;
};

inline std::unique_ptr<Visit> visit(const EventType& type, Rng& rng, const std::string& id, EventTime time) {
    auto made = std::make_unique<Visit>();
    made->data = fmt::format(R"({{"user_id":"{}","seconds":{},"page":"p{}"}})", id, rng.below(300), rng.below(8));
    if (!type.decode(made->data, made->record)) std::exit(1);
    FeatureOperator::complete(made->record, time);
    return made;
}

/// Six visits of each user in the last 80 days.
inline void fill(ViewTable& table, const EventType& type, std::size_t entities) {
    Rng rng(1);
    const auto& binding = *table.view().binding("visit");
    for (int round = 0; round < 6; ++round)
        for (std::size_t i = 0; i < entities; ++i) {
            Event event;
            event.time = EventTime{now.value() - static_cast<std::int64_t>(rng.below(80ull * 86'400)) * 1'000'000};
            table.fold(binding, visit(type, rng, user(i), event.time)->record, event, now);
        }
}

/// Computes every row once, so that what is measured after it is the reading of rows that stand. Gives the seconds.
inline double make_rows(const FeaturePlan& plan, OnlineView& online, std::size_t entities) {
    std::vector<double> out(plan.places().size());
    auto start = Steady::now();
    for (std::size_t i = 0; i < entities; ++i) {
        std::string id = user(i);
        std::string_view ids[] = {id};
        if (!plan.read_numbers(online, {"default", ids, now}, out)) std::exit(1);
    }
    return seconds_since(start);
}

/// Nanoseconds of a read of one random entity. Five passes; the quietest counts, since on a shared machine the tail of one pass is mostly
/// the neighbours'.
inline Quantiles read_single(const FeaturePlan& plan, OnlineView& online, std::size_t entities, int reads = 300'000) {
    Rng rng(2);
    std::vector<FieldValue> values(plan.places().size());
    std::vector<FeatureStatus> statuses(plan.places().size());
    Quantiles best{};
    for (int pass = 0; pass < 5; ++pass) {
        std::vector<double> nanoseconds;
        for (int i = 0; i < reads; ++i) {
            std::string id = user(rng.below(entities));
            std::string_view ids[] = {id};
            auto start = Steady::now();
            plan.read(online, {"default", ids, now}, {values, statuses});
            nanoseconds.push_back(seconds_since(start) * 1e9);
        }
        if (Quantiles found = quantiles(nanoseconds); pass == 0 || found.p99 < best.p99) best = found;
    }
    return best;
}

/// Events a second into `table`, in the order of time, of random users; decoded beforehand. `ids`: whose they were.
inline double fold_rate(ViewTable& table, const EventType& type, std::size_t entities, std::vector<std::string>& ids) {
    Rng rng(5);
    std::vector<std::unique_ptr<Visit>> made;
    std::vector<Event> heads(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        heads[i].time = EventTime{now.value() + static_cast<std::int64_t>(i) * 1000};
        ids[i] = user(rng.below(entities));
        made.push_back(visit(type, rng, ids[i], heads[i].time));
    }
    const auto& binding = *table.view().binding("visit");
    auto start = Steady::now();
    for (std::size_t i = 0; i < ids.size(); ++i) table.fold(binding, made[i]->record, heads[i], heads[i].time);
    return double(ids.size()) / seconds_since(start);
}

}  // namespace quoin::visits
