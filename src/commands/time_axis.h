#pragma once

#include "commands/time_column.h"
#include "registry/plot_axes.h"

namespace quoin {

/// An axis of times, in days since 1970, with round ticks: whole hours, days, months or years, at most `ticks_max` of them; numbers for
/// years and counts. A range of one moment is a day wide.
Axis time_axis(EventTime first, EventTime last, TimeForm form, std::size_t ticks_max = 7);

}  // namespace quoin
