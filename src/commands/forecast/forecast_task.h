#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/command.h"
#include "commands/forecast/fan_chart.h"
#include "learning/series/series_methods.h"
#include "models/series/series.h"

namespace quoin {

/// What `quoin forecast` was asked.
struct ForecastTask {
    Series series;
    TimeForm form = TimeForm::calendar;
    SeriesSeasons seasons;  ///< by the steps of the series, unless they were given
    std::string method;
    ForecastRequest request;
};
/// Reads the file and the options. Error: the table's; invalid, naming option or column.
Result<ForecastTask> read_forecast_task(const CommandLine& line);

/// Parts between commas, spaces left out.
std::vector<std::string> split_list(const std::string& text);
/// --season, otherwise what a step suggests; counts suggest none. Error: invalid.
Result<SeriesSeasons> read_seasons(const CommandLine& line, const std::optional<SeriesStep>& step, TimeForm form);
/// --horizon, --level and --seed. Error: invalid.
Result<ForecastRequest> read_request(const CommandLine& line);

/// A line of the table of methods that is printed beside the forecast.
struct MethodLine {
    std::string method, form;
    double past_error = 0;  ///< mean absolute error at the origins of the back-test; NaN without one
    double weight = 0;
};

struct ForecastAnswer {
    std::vector<EventTime> times;
    Forecast forecast;
    std::vector<ChartPart> parts;  ///< over history and future for Prophet's model; the members' forecasts for the combination
    std::vector<MethodLine> methods;
    std::size_t origins = 0;
};
/// The combination or one method: with back-tests on the last three horizons.
Result<ForecastAnswer> forecast_by_methods(const ForecastTask& task);
/// Prophet's model with the options of the command line.
Result<ForecastAnswer> forecast_by_prophet(const ForecastTask& task, const CommandLine& line);

}  // namespace quoin
