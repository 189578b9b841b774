#include "learning/survival/risk_sets.h"

#include <algorithm>
#include <numeric>

namespace quoin {
namespace {

/// Sorts each stratum's rows by stop; rows of equal stops keep the caller's order.
void sort_rows(const SurvivalRows& rows, RiskSets& sets) {
    struct Key {
        double stop;
        std::uint32_t row;
    };
    std::vector<std::vector<Key>> keys(sets.strata.size());
    for (std::uint32_t i = 0; i < rows.times.rows(); ++i)
        keys[rows.strata.empty() ? 0 : rows.strata[i]].push_back({rows.times.stops[i], i});
    for (std::size_t s = 0; s < keys.size(); ++s) {
        std::ranges::sort(keys[s], [](const Key& a, const Key& b) { return a.stop != b.stop ? a.stop < b.stop : a.row < b.row; });
        sets.strata[s].row_first = static_cast<std::uint32_t>(sets.row_of.size());
        for (const Key& key : keys[s]) sets.row_of.push_back(key.row);
        sets.strata[s].row_last = static_cast<std::uint32_t>(sets.row_of.size());
    }
}

void find_events(const SurvivalTimes& times, RiskSets::Stratum& stratum, RiskSets& sets) {
    stratum.event_first = static_cast<std::uint32_t>(sets.events.size());
    for (std::uint32_t first = stratum.row_first, last; first < stratum.row_last; first = last) {
        RiskSets::Event event{times.stops[sets.row_of[first]], first, 0, 0, 0};
        for (last = first; last < stratum.row_last && times.stops[sets.row_of[last]] == event.time; ++last) {
            if (!times.events[sets.row_of[last]]) continue;
            ++event.count;
            event.weight += times.weight(sets.row_of[last]);
        }
        event.last = last;
        if (event.count > 0) sets.events.push_back(event);
        for (std::uint32_t i = first; i < last; ++i) sets.ended[i] = static_cast<std::uint32_t>(sets.events.size());
        sets.event_weight += event.weight;
        sets.event_count += event.count;
    }
    stratum.event_last = static_cast<std::uint32_t>(sets.events.size());
}

void find_starts(const SurvivalTimes& times, const RiskSets::Stratum& stratum, RiskSets& sets) {
    const auto first = sets.events.begin() + stratum.event_first, last = sets.events.begin() + stratum.event_last;
    const std::size_t begin = sets.by_start.size();
    for (std::uint32_t i = stratum.row_first; i < stratum.row_last; ++i) {
        const double start = times.starts[sets.row_of[i]];
        const auto after = std::upper_bound(first, last, start,
                                            [](double value, const RiskSets::Event& event) { return value < event.time; });
        sets.began[i] = static_cast<std::uint32_t>(after - sets.events.begin());
        if (sets.began[i] > stratum.event_first && sets.began[i] < sets.ended[i]) sets.by_start.push_back(i);
    }
    std::sort(sets.by_start.begin() + static_cast<long>(begin), sets.by_start.end(),
              [&](std::uint32_t a, std::uint32_t b) { return sets.began[a] != sets.began[b] ? sets.began[a] < sets.began[b] : a < b; });
}

}  // namespace

RiskSets risk_sets(const SurvivalRows& rows) {
    RiskSets sets;
    const std::size_t count = rows.times.rows();
    sets.strata.resize(rows.strata.empty() ? 1 : rows.stratum_names.size());
    sets.row_of.reserve(count);
    sets.ended.resize(count);
    sort_rows(rows, sets);
    for (RiskSets::Stratum& stratum : sets.strata) find_events(rows.times, stratum, sets);
    sets.began.resize(count);
    for (const RiskSets::Stratum& stratum : sets.strata) {
        std::fill(sets.began.begin() + stratum.row_first, sets.began.begin() + stratum.row_last, stratum.event_first);
        if (!rows.times.starts.empty()) find_starts(rows.times, stratum, sets);
        sets.by_start_ends.push_back(static_cast<std::uint32_t>(sets.by_start.size()));
    }
    return sets;
}

}  // namespace quoin
