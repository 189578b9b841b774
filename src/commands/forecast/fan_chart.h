#pragma once

#include <string>
#include <vector>

#include "commands/time_column.h"
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
    TimeForm form = TimeForm::calendar;
    std::vector<EventTime> history_times;
    std::vector<double> history;  ///< NaN: a gap in the line
    std::vector<EventTime> times;
    Forecast forecast;
    std::vector<ChartPart> parts;
};

/// One picture that stands alone, styles inside: the history, the forecast with its bands, and a plot under it for each part.
std::string render_svg(const FanChart& chart);

/// Fans of many series side by side, three in a row, the first 24 at most; the title says how many there are.
struct PanelChart {
    static constexpr std::size_t fans_max = 24;
    std::string title;
    std::vector<FanChart> series;  ///< titles are their names; parts are not drawn
    std::size_t total = 0;         ///< of which `series` are the first
};
std::string render_svg(const PanelChart& chart);

/// A picture in a page.
std::string render_html(const std::string& title, const std::string& svg);

}  // namespace quoin
