#pragma once

#include <string>
#include <vector>

#include "commands/forecast/forecast_task.h"
#include "commands/forecast/panel_network.h"
#include "learning/series/tft_fit.h"

namespace quoin {

/// One series of a file of many: on a grid of equal steps, gaps filled, ending with its last observed value.
struct PanelSeries {
    std::string name;
    EventTime first;
    SeriesStep step;
    TftSeries inputs;  ///< the values are the target; categories: the series itself, then the static columns

    EventTime time(std::size_t place) const { return advance(first, step, static_cast<std::int64_t>(place)); }
};

/// What `quoin forecast --series` was asked.
struct PanelTask {
    std::vector<PanelSeries> series;
    TftInputs inputs;
    TimeForm form = TimeForm::calendar;
    SeriesSeasons seasons;
    std::string method;
    std::vector<std::string> learned;  ///< networks to train: nbeats, tft
    ForecastRequest request;
    std::size_t steps = 0;                ///< of training
    std::optional<PanelNetwork> network;  ///< that was trained before, instead of training
};
/// Reads the file and the options. Error: the table's; invalid, naming option, column or series; too_large.
Result<PanelTask> read_panel_task(const CommandLine& line);

/// How a method did at the origins of the back-test, over all series.
struct PanelScore {
    std::string method;
    double scaled_error = 0;  ///< mean absolute error as a share of the seasonal naive error of each series' history, averaged
    double weight = 0;        ///< in the answer, averaged
    std::size_t series = 0;   ///< that it could be asked for
};
/// What a TFT looked at, averaged over series.
struct PanelReason {
    std::string input;
    double past_weight = 0, future_weight = 0;  ///< NaN where it is no input
};
struct PanelAnswer {
    std::vector<Forecast> forecasts;  ///< one per series
    std::vector<PanelScore> scores;
    std::vector<PanelReason> reasons;
    std::vector<std::pair<std::size_t, double>> attention;  ///< steps back and share, the greatest five
    std::vector<PanelNetwork> networks;                     ///< that were trained, in the order asked
};
/// Trains what was asked, back-tests it beside naive, seasonal naive, Theta and ETS, and forecasts every series. A network that was read is
/// not back-tested, since it may have learned from these series.
Result<PanelAnswer> forecast_panel(const PanelTask& task, Progress& progress);

}  // namespace quoin
