#pragma once

#include <cstdint>
#include <vector>

#include "learning/survival/survival_rows.h"

namespace quoin {

/// Rows of one stratum in the order of time, cut at the times of its events. "Sorted row" i is the caller's row `row_of[i]`.
struct RiskSets {
    /// One time at which events happened in a stratum.
    struct Event {
        double time;
        std::uint32_t first, last;  ///< sorted rows whose stop is this time
        std::uint32_t count;        ///< events among them
        double weight;              ///< of these events
    };
    struct Stratum {
        std::uint32_t row_first, row_last, event_first, event_last;
    };

    std::vector<std::uint32_t> row_of;
    std::vector<Event> events;    ///< by stratum, then time
    std::vector<Stratum> strata;  ///< one per stratum code, those without rows too
    /// Events of the stratum at or before the row's stop and its start, as ends of ranges of `events`: the row is at risk at
    /// events[began[i] … ended[i]).
    std::vector<std::uint32_t> began, ended;
    /// Sorted rows that leave risk sets on the way back in time, by stratum, then start: those with a start after an event. Empty without
    /// starts.
    std::vector<std::uint32_t> by_start;
    std::vector<std::uint32_t> by_start_ends;  ///< where each stratum ends in by_start
    double event_weight = 0;
    std::size_t event_count = 0;
};

/// Precondition: check(rows).
RiskSets risk_sets(const SurvivalRows& rows);

}  // namespace quoin
