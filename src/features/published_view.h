#pragma once

#include <functional>

#include "base/clock.h"
#include "features/online_view.h"

namespace quoin {

/// An online view whose states are given to other processes.
struct PublishedView {
    OnlineView& online;
    std::function<EventTime()> event_now;  ///< EventLog::now() of the log that it follows
    const Clock& clock = system_clock();   ///< of lags and dates
};

}  // namespace quoin
