#pragma once

#include <vector>

#include "calendar/holidays.h"
#include "models/series/prophet_design.h"

namespace quoin {

/// The holidays of a calendar as Prophet's terms, one per name, with all days that its rules give in the years of the history and the 30
/// after (the calendar's own range permitting); those that fall on no day of [first, last] are left out. Names and days are our calendar's,
/// by rule; Prophet's own `add_country_holidays` takes those of the Python package holidays, which names observed days apart.
std::vector<ProphetHoliday> holiday_terms(HolidayCalendar calendar, EventTime first, EventTime last, const ProphetHoliday& like = {});

}  // namespace quoin
