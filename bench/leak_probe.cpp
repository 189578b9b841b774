// Does a training row ever see the future? Poison that counts only after a row's time, in every event type of the shipped catalog, and in
// the rows of point-in-time joins.
//
//     leak_probe [joins]                 default: 10000000
//
// Half of the joins ask for the features of entities by replay, of events with and without poison, at times up to the moment before the
// poison counts (every tenth exactly there): a row of a view whose bits differ has leaked. The other half are joins with tables of which
// every row tells when it became available: an answer that was not available at its question's time has leaked. To show that the probe
// can see poison, the features are asked once more a microsecond later. The last line is machine-readable.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "features/point_in_time_join.h"
#include "features/poison_fixture.h"

namespace {

using namespace quoin;

template <class T>
T expected(Result<T> result) {
    if (result) return std::move(*result);
    fmt::print(stderr, "{}\n", result.error().message);
    std::exit(1);
}

struct Tally {
    std::uint64_t joins = 0, leaks = 0, values = 0, present = 0, seen_later = 0, poison = 0;
};

/// Rows of views that differ between the two.
std::uint64_t leaked_rows(const FeatureAnswers& clean, const FeatureAnswers& dirty, const EntityFrame& frame, Tally& tally) {
    std::uint64_t leaks = 0;
    for (std::size_t view = 0; view < clean.views.size(); ++view) {
        const ViewAnswers &a = clean.views[view], &b = dirty.views[view];
        for (std::size_t row = 0; row < frame.rows(); ++row) {
            bool is_same = a.event_time(row) == b.event_time(row);
            for (std::size_t place = 0; place < a.slots().size(); ++place) {
                ++tally.values;
                tally.present += a.status(row, place, frame.at[row]) == FeatureStatus::present;
                is_same = is_same && a.bits(row, place) == b.bits(row, place);
            }
            leaks += !is_same;
        }
    }
    return leaks;
}

void probe_features(std::uint64_t joins, Tally& tally) {
    auto catalog = expected(FeatureCatalog::load(std::filesystem::path(QUOIN_SOURCE_DIR) / "catalog"));
    std::vector<FeaturePlace> features;
    for (const auto& view : catalog->views())
        for (std::uint16_t slot = 0; slot < view->features().size(); ++slot) features.push_back({view.get(), slot});
    constexpr std::size_t rounds = 20;
    std::size_t rows = joins / rounds / catalog->views().size() + 1;
    for (std::size_t round = 0; round < rounds; ++round) {
        PoisonedEvents world(*catalog, 1000 + round, 200);
        EventTime begin = from_civil(2025, 1, 1), cut = from_civil(2025, 9, 1) + Duration::days(static_cast<std::int64_t>(round));
        auto events = world.honest(700, begin, cut);
        auto clean = expected(FeatureReplay::read(catalog, features, source_of(events), {}));
        auto poison = world.poison(300, cut);
        tally.poison += poison.size();
        std::ranges::copy(poison, std::back_inserter(events));
        auto dirty = expected(FeatureReplay::read(catalog, features, source_of(events), {}));
        auto frame = world.frame(rows, begin, cut);
        tally.leaks += leaked_rows(expected(clean.answer(frame)), expected(dirty.answer(frame)), frame, tally);
        tally.joins += rows * catalog->views().size();
        auto later = world.frame(100, begin, cut);
        std::ranges::fill(later.at, cut + Duration{1});
        Tally ignored;
        tally.seen_later += leaked_rows(expected(clean.answer(later)), expected(dirty.answer(later)), later, ignored);
    }
}

void probe_tables(std::uint64_t joins, Tally& tally) {
    Rng rng(5);
    constexpr std::uint32_t entities = 5'000;
    constexpr std::size_t rows = 1'000'000, block = 1'000'000;
    std::vector<std::uint32_t> row_entities(rows), asked(block);
    std::vector<EventTime> times(rows), available(rows), at(block);
    for (std::size_t row = 0; row < rows; ++row) {
        row_entities[row] = static_cast<std::uint32_t>(rng.below(entities));
        times[row] = EventTime{static_cast<std::int64_t>(rng.below(1'000'000'000))};
        // Half of the rows are poison for most questions: known long before they hold, or long after.
        available[row] = EventTime{
            static_cast<std::int64_t>(rng.below(2) == 0 ? rng.below(1'000'000'000) : times[row].value() + rng.below(1000))};
    }
    auto index = expected(PointInTimeIndex::make({row_entities, times, available, Duration{7}, entities}));
    for (std::uint64_t done = 0; done < joins; done += block) {
        for (std::size_t i = 0; i < block; ++i) {
            std::size_t near = rng.below(rows);  // at, a microsecond before, or far from a row's moment
            asked[i] = row_entities[near];
            at[i] = rng.below(2) == 0
                        ? EventTime{static_cast<std::int64_t>(rng.below(1'000'000'000))}
                        : EventTime{std::max(times[near].value() + 7, available[near].value()) - static_cast<std::int64_t>(rng.below(2))};
        }
        auto answers = expected(index.answer({asked, at}));
        for (std::size_t i = 0; i < block; ++i) {
            if (!answers.has_row(i)) continue;
            auto row = answers.rows[i];
            tally.leaks += times[row] + Duration{7} > at[i] || available[row] > at[i] || row_entities[row] != asked[i];
        }
        tally.joins += block;
    }
}

}  // namespace

int main(int count, char** words) {
    std::uint64_t joins = count > 1 ? std::strtoull(words[1], nullptr, 10) : 10'000'000;
    auto start = std::chrono::steady_clock::now();
    Tally features, tables;
    probe_features(joins / 2, features);
    probe_tables(joins / 2, tables);
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    fmt::print("features: {} joins ({} values, {} present) among {} poisoned events: {} leaked; a microsecond later {} rows differ\n",
               features.joins, features.values, features.present, features.poison, features.leaks, features.seen_later);
    fmt::print("tables: {} joins: {} leaked\n", tables.joins, tables.leaks);
    fmt::print(R"({{"bench": "leak_probe", "joins": {}, "values": {}, "poison": {}, "leaks": {}, "differ_later": {}, "seconds": {:.1f}}})"
               "\n",
               features.joins + tables.joins, features.values, features.poison, features.leaks + tables.leaks, features.seen_later,
               seconds);
    return features.leaks + tables.leaks == 0 && features.seen_later > 0 ? 0 : 1;
}
