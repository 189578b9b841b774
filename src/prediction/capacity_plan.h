#pragma once

#include <cstddef>

#include "base/result.h"

namespace quoin {

/// Busy workers (Erlangs: arrival rate · work per arrival) that a coming hour may ask for; ascending.
struct BusyWorkers {
    double lower, expected, upper, extreme;
};

struct CapacityTarget {
    double wait_share = 0.01;       ///< of events may wait longer than …
    double wait_service_times = 1;  ///< … this many mean service times, at the upper demand
    double utilisation_max = 0.98;  ///< at the extreme demand
    double overflow = 0.001;        ///< probability that an event finds the queue full, at the extreme demand
};

struct CapacityPlan {
    std::size_t workers;                          ///< keeps the wait at the upper demand, and does not saturate at the extreme one
    std::size_t workers_lower, workers_expected;  ///< enough for the lower and the expected demand
    std::size_t queue_capacity;                   ///< waiting places
    double expected_utilisation;                  ///< of `workers` at the expected demand
};

/// Sizes an M/M/c queue for a demand that is known by quantiles. Every number but the utilisation rises with each of the demands; the queue
/// does so for a given number of workers. Error: invalid (demands that do not ascend, negative, or beyond the queue's limits).
Result<CapacityPlan> plan_capacity(const BusyWorkers& busy, const CapacityTarget& target = {});

}  // namespace quoin
