#include "commands/forecast/forecast_task.h"

#include <cmath>

#include "learning/series/combination_fit.h"
#include "table/read.h"

namespace quoin {
namespace {

Result<double> number_of(const std::string& option, const std::string& text) {
    char* end = nullptr;
    double number = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !std::isfinite(number)) return fail(ErrorKind::invalid, "{}: '{}' is not a number", option, text);
    return number;
}

}  // namespace

std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> parts = {""};
    for (char c : text) {
        if (c == ',') parts.emplace_back();
        else if (c != ' ') parts.back() += c;
    }
    return parts;
}

Result<SeriesSeasons> read_seasons(const CommandLine& line, const std::optional<SeriesStep>& step, TimeForm form) {
    if (!line.has("season")) return SeriesSeasons{step && form != TimeForm::counts ? usual_period(*step) : 1, 0};
    constexpr double period_max = 100'000;
    std::vector<std::string> parts = split_list(line.text("season"));
    if (parts.size() > 2) return fail(ErrorKind::invalid, "--season takes one or two periods, as 24,168; there are {}", parts.size());
    SeriesSeasons seasons;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        TRY(period, number_of("--season", parts[i]));
        if (period < 1 || period > period_max || period != std::floor(period))
            return fail(ErrorKind::invalid, "--season: {} is not a whole number of steps from 1 to {}", parts[i], period_max);
        (i == 0 ? seasons.period : seasons.longer_period) = static_cast<std::size_t>(period);
    }
    if (parts.size() == 2 && (seasons.longer_period <= seasons.period || seasons.longer_period % seasons.period != 0))
        return fail(ErrorKind::invalid, "--season: the second period, {}, is no multiple of the first, {}", seasons.longer_period,
                    seasons.period);
    return seasons;
}

Result<ForecastRequest> read_request(const CommandLine& line) {
    TRY(horizon, line.whole("horizon", 1, 100'000));
    ForecastRequest request{.horizon = static_cast<std::size_t>(horizon), .levels = {}};
    for (const std::string& text : split_list(line.text("level"))) {
        TRY(level, number_of("--level", text));
        request.levels.push_back(level);
    }
    std::ranges::sort(request.levels);
    TRY_VOID(check(request));
    TRY(seed, line.whole("seed", 0, 1L << 53));
    request.seed = static_cast<std::uint64_t>(seed);
    return request;
}

Result<ForecastTask> read_forecast_task(const CommandLine& line) {
    TRY(table, read_table(line.text("file")));
    TRY(column, table.column(line.text("time")));
    TRY(value, table.column(line.text("value")));
    TRY(time, time_column(*column));
    if (value->kind() != ColumnKind::number) return fail(ErrorKind::invalid, "column '{}' holds no numbers", value->name);
    if (time.form == TimeForm::counts && line.text("method") == "prophet")
        return fail(ErrorKind::unsupported, "--method prophet needs a calendar; column '{}' counts", column->name);
    TRY(series, Series::make(std::move(time.times), value->numbers()));
    TRY(seasons, read_seasons(line, series.step(), time.form));
    TRY(request, read_request(line));
    return ForecastTask{std::move(series), time.form, seasons, line.text("method"), std::move(request)};
}

Result<ForecastAnswer> forecast_by_methods(const ForecastTask& task) {
    TRY(grid, task.series.on_grid());
    std::vector<double> values = interpolated(grid.values(), task.seasons.period);
    CombinationOptions options{.horizon = task.request.horizon};
    if (task.method != "combination") options.methods = {task.method};
    TRY(fit, fit_combination(values, task.seasons, options));
    ForecastAnswer answer;
    for (std::size_t i = 1; i <= task.request.horizon; ++i)
        answer.times.push_back(advance(grid.times()[0], *grid.step(), static_cast<std::int64_t>(grid.size() - 1 + i)));
    TRY(forecast, fit.model.forecast(task.request));
    answer.forecast = std::move(forecast);
    answer.origins = fit.origins;
    for (std::size_t i = 0; i < fit.members.size(); ++i) {
        const MemberScore& member = fit.members[i];
        answer.methods.push_back(
            {member.method, fit.model.members[i].form(), fit.origins ? member.mean_absolute_error : std::nan(""), member.weight});
        if (fit.members.size() == 1) continue;
        TRY(own, fit.model.members[i].forecast({.horizon = task.request.horizon, .levels = {}}));
        answer.parts.push_back({member.method, answer.times, std::move(own.point)});
    }
    return answer;
}

}  // namespace quoin
