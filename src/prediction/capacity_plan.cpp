#include "prediction/capacity_plan.h"

#include <algorithm>
#include <cmath>

#include "queueing/multi_server_queue.h"

namespace quoin {

Result<CapacityPlan> plan_capacity(const BusyWorkers& busy, const CapacityTarget& target) {
    if (!(busy.lower >= 0 && busy.lower <= busy.expected && busy.expected <= busy.upper && busy.upper <= busy.extreme &&
          busy.extreme <= limits::offered_load_max))
        return fail(ErrorKind::invalid, "demands of {}, {}, {} and {} busy workers do not ascend within what a queue is sized for",
                    busy.lower, busy.expected, busy.upper, busy.extreme);
    WaitTarget wait{.share = target.wait_share, .service_times = target.wait_service_times};
    TRY(lower, servers_needed(busy.lower, wait));
    TRY(expected, servers_needed(busy.expected, wait));
    TRY(upper, servers_needed(busy.upper, wait));
    auto unsaturated = static_cast<std::size_t>(std::ceil(busy.extreme / target.utilisation_max));
    CapacityPlan plan{.workers = std::max(upper, unsaturated), .workers_lower = lower, .workers_expected = expected};
    TRY(queue, MultiServerQueue::make(plan.workers, busy.extreme));
    plan.queue_capacity = std::max<std::size_t>(1, queue.places_for(target.overflow));
    plan.expected_utilisation = busy.expected / static_cast<double>(plan.workers);
    return plan;
}

}  // namespace quoin
