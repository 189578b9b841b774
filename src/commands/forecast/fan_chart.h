#pragma once

#include <string>
#include <vector>

#include "base/event_time.h"
#include "models/series/forecast.h"

namespace quoin {

/// A named line under the fan: a season, a trend, the holidays.
struct ChartPart {
    std::string name;
    std::vector<EventTime> times;
    std::vector<double> values;
};

/// What a fan chart shows. A long history is cut to what helps the eye: its last part, of three times the forecast's length or 60 values.
struct FanChart {
    std::string title, value_name;
    std::vector<EventTime> history_times;
    std::vector<double> history;  ///< NaN: a gap in the line
    std::vector<EventTime> times;
    Forecast forecast;
    std::vector<ChartPart> parts;
};

/// One picture that stands alone, styles inside: the history, the forecast with its bands, and a plot under it for each part.
std::string render_svg(const FanChart& chart);
/// The same in a page.
std::string render_html(const FanChart& chart);

}  // namespace quoin
