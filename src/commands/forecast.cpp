#include <cmath>
#include <filesystem>

#include "commands/command.h"
#include "commands/forecast/forecast_task.h"
#include "commands/forecast/panel_task.h"
#include "commands/terminal.h"
#include "commands/terminal_progress.h"
#include "store/blobs.h"
#include "table/write.h"

namespace quoin::command {

CommandEntry forecast();

namespace {

std::string number_text(double number) { return std::isfinite(number) ? fmt::format("{:.6g}", number) : "–"; }

std::string level_name(const char* end, double level) { return fmt::format("{}_{:g}", end, level * 100); }

/// Time, forecast, the bands from the outside in, and the parts.
Result<Table> table_of(const ForecastTask& task, const ForecastAnswer& answer) {
    std::vector<Column> columns = {output_column("time", answer.times, task.form), {"forecast", answer.forecast.point}};
    for (const ForecastBand& band : answer.forecast.bands) {
        columns.push_back({level_name("lower", band.level), band.lower});
        columns.push_back({level_name("upper", band.level), band.upper});
    }
    for (const ChartPart& part : answer.parts) columns.push_back({"part_" + part.name, part.values});
    return Table::make(std::move(columns));
}

/// Whether --plot wants a page. Error: unsupported.
Result<bool> is_page(const CommandLine& line) {
    std::filesystem::path file = line.text("plot");
    if (file.extension() != ".html" && file.extension() != ".svg")
        return fail(ErrorKind::unsupported, "--plot writes .svg or .html, not '{}'", file.string());
    return file.extension() == ".html";
}

Status write_plot(const CommandLine& line, const std::string& title, std::string text) {
    TRY(page, is_page(line));
    if (page) text = render_html(title, text);
    return write_file_atomically(line.text("plot"), std::as_bytes(std::span(text)));
}

FanChart chart_of(const CommandLine& line, const ForecastTask& task, const ForecastAnswer& answer) {
    return {.title = fmt::format("{}, the next {} steps by {}", line.text("value"), task.request.horizon, task.method),
            .value_name = line.text("value"),
            .form = task.form,
            .history_times = {task.series.times().begin(), task.series.times().end()},
            .history = {task.series.values().begin(), task.series.values().end()},
            .times = answer.times,
            .forecast = answer.forecast,
            .parts = answer.parts};
}

void print(const ForecastAnswer& answer, TimeForm form) {
    TerminalTable table{{"time", "forecast"}, {}};
    for (const ForecastBand& band : answer.forecast.bands) table.headers.push_back(fmt::format("{} from – to", percent_text(band.level)));
    for (std::size_t i = 0; i < answer.times.size(); ++i) {
        std::vector<std::string> row = {time_text(answer.times[i], form), number_text(answer.forecast.point[i])};
        for (const ForecastBand& band : answer.forecast.bands)
            row.push_back(number_text(band.lower[i]) + " – " + number_text(band.upper[i]));
        table.rows.push_back(std::move(row));
    }
    fmt::print("{}", render(table, terminal_width()));
    TerminalTable methods{{"method", "form", "past error", "weight"}, {}};
    for (const MethodLine& one : answer.methods)
        methods.rows.push_back({one.method, one.form, number_text(one.past_error), percent_text(one.weight)});
    fmt::print("\n{}", render(methods, terminal_width()));
    if (answer.origins > 0) fmt::print("past error: mean absolute error of forecasts from {} earlier origins\n", answer.origins);
}

/// Series, time, forecast and the bands from the outside in: a row per series and step.
Result<Table> table_of(const PanelTask& task, const PanelAnswer& answer) {
    Categories names;
    Times times;
    std::vector<Column> columns = {{"forecast", Numbers{}}};
    for (double level : task.request.levels) {
        columns.push_back({level_name("lower", level), Numbers{}});
        columns.push_back({level_name("upper", level), Numbers{}});
    }
    auto append = [&](std::size_t column, const std::vector<double>& values) {
        Numbers& numbers = std::get<Numbers>(columns[column].values);
        numbers.insert(numbers.end(), values.begin(), values.end());
    };
    for (std::size_t i = 0; i < task.series.size(); ++i) {
        const PanelSeries& one = task.series[i];
        names.levels.push_back(one.name);
        for (std::size_t ahead = 0; ahead < task.request.horizon; ++ahead) {
            names.codes.push_back(static_cast<std::int32_t>(i));
            times.push_back(one.time(one.inputs.target.size() + ahead));
        }
        append(0, answer.forecasts[i].point);
        for (std::size_t b = 0; b < answer.forecasts[i].bands.size(); ++b) {
            append(2 * b + 1, answer.forecasts[i].bands[b].lower);
            append(2 * b + 2, answer.forecasts[i].bands[b].upper);
        }
    }
    columns.insert(columns.begin(), output_column("time", std::move(times), task.form));
    columns.insert(columns.begin(), Column{"series", std::move(names)});
    return Table::make(std::move(columns));
}

PanelChart chart_of(const CommandLine& line, const PanelTask& task, const PanelAnswer& answer) {
    PanelChart chart{.title = fmt::format("{}, the next {} steps by {}", line.text("value"), task.request.horizon, task.method),
                     .series = {},
                     .total = task.series.size()};
    for (std::size_t i = 0; i < std::min(task.series.size(), PanelChart::fans_max); ++i) {
        const PanelSeries& one = task.series[i];
        FanChart& fan = chart.series.emplace_back(FanChart{.title = one.name, .value_name = "", .form = task.form});
        fan.history = one.inputs.target;
        for (std::size_t t = 0; t < fan.history.size(); ++t) fan.history_times.push_back(one.time(t));
        for (std::size_t ahead = 0; ahead < task.request.horizon; ++ahead) fan.times.push_back(one.time(fan.history.size() + ahead));
        fan.forecast = answer.forecasts[i];
    }
    return chart;
}

void print(const PanelAnswer& answer, bool has_weights) {
    TerminalTable methods{{"method", "past error", "weight", "series"}, {}};
    for (const PanelScore& score : answer.scores)
        methods.rows.push_back({score.method, number_text(score.scaled_error), has_weights ? percent_text(score.weight) : "–",
                                fmt::format("{}", score.series)});
    fmt::print("{}past error: mean absolute error at earlier origins, in multiples of each history's seasonal naive error\n",
               render(methods, terminal_width()));
    if (answer.reasons.empty()) return;
    TerminalTable inputs{{"input of the TFT", "weight in the past", "weight ahead"}, {}};
    auto share = [](double weight) { return std::isnan(weight) ? std::string("–") : percent_text(weight); };
    for (const PanelReason& reason : answer.reasons)
        inputs.rows.push_back({reason.input, share(reason.past_weight), share(reason.future_weight)});
    fmt::print("\n{}most attention, steps back:", render(inputs, terminal_width()));
    for (const auto& [back, weight] : answer.attention) fmt::print(" {} ({})", back, percent_text(weight));
    fmt::print("\n");
}

Result<int> run_panel(const CommandLine& line) {
    TRY(task, read_panel_task(line));
    TerminalProgress progress(line.has("quiet"));
    auto made = forecast_panel(task, progress);
    progress.finish();
    TRY(answer, std::move(made));
    TRY(table, table_of(task, answer));
    if (line.has("output")) TRY_VOID(write_table(table, line.text("output")));
    if (line.has("save")) TRY_VOID(write_network(line.text("save"), answer.networks[0]));
    PanelChart chart = line.has("plot") ? chart_of(line, task, answer) : PanelChart{};
    if (line.has("plot")) TRY_VOID(write_plot(line, chart.title, render_svg(chart)));
    print(answer, task.method == "combination");
    if (task.network) fmt::print("the {} of --network is not among them: it may have learned from these series\n", task.method);
    if (!line.has("output")) fmt::print("{} series forecast; --output FILE writes them\n", task.series.size());
    return 0;
}

Result<int> run(const CommandLine& line) {
    if (line.has("plot")) TRY_VOID(is_page(line));
    if (line.has("series")) return run_panel(line);
    for (const char* option : {"save", "network", "learn"})
        if (line.has(option)) return fail(ErrorKind::invalid, "--{} needs --series: networks learn from many series", option);
    TRY(task, read_forecast_task(line));
    auto made = task.method == "prophet" ? forecast_by_prophet(task, line) : forecast_by_methods(task);
    TRY(answer, std::move(made));
    TRY(table, table_of(task, answer));
    if (line.has("output")) TRY_VOID(write_table(table, line.text("output")));
    FanChart chart = chart_of(line, task, answer);
    if (line.has("plot")) TRY_VOID(write_plot(line, chart.title, render_svg(chart)));
    if (!line.has("output")) print(answer, task.form);
    return 0;
}

}  // namespace

CommandEntry forecast() {
    return {"forecast",
            "forecast a column of a file of times and values, with bands and a picture",
            "quoin forecast rents.csv --time month --value rent --horizon 12 --plot fan.svg",
            {{"FILE", "", "CSV, Parquet or NDJSON; rows in any order, gaps and missing values allowed", "", true},
             {"--time", "COLUMN", "the column of times, or of whole numbers: years, seconds since 1970, counts", "", true},
             {"--value", "COLUMN", "the column to forecast", "", true},
             {"--horizon", "STEPS", "steps ahead, of the series' own distance", "12"},
             {"--season", "STEPS", "period, or two as 24,168; otherwise as the distance suggests (12 for months, 7 for days, 24 for hours)",
              ""},
             {"--level", "SHARES", "coverage of the bands, as 0.8,0.95", "0.8,0.95"},
             {"--method", "NAME",
              "combination, prophet, theta, dynamic_theta, ets, arima, seasonal_naive, naive, naive2 or drift; with "
              "--series also nbeats or tft",
              "combination"},
             {"--series", "COLUMN", "many series in one file: the column that names them", ""},
             {"--learn", "NAMES", "with --series: networks trained on all series that join the combination: nbeats, tft or both", ""},
             {"--steps", "NUMBER", "of training of each network", "300"},
             {"--save", "FILE", "with --series: keep the trained network, as .safetensors", ""},
             {"--network", "FILE", "with --series: forecast by a network that --save kept, without training", ""},
             {"--static", "COLUMNS", "tft: what a series is, as region,kind", ""},
             {"--observed", "COLUMNS", "tft: other numbers known up to now", ""},
             {"--known", "COLUMNS", "tft: numbers known ahead; rows of the horizon follow with the value left empty", ""},
             {"--growth", "KIND", "prophet's trend: linear, logistic or flat", "linear"},
             {"--capacity", "VALUE", "prophet: the limit that a logistic trend tends to", ""},
             {"--multiplicative", "", "prophet: seasons and holidays as shares of the trend", ""},
             {"--holidays", "CALENDAR", "prophet: with the holidays of exchange, bond_market or federal", ""},
             {"--seed", "NUMBER", "of simulated paths", "1"},
             quiet_option(),
             {"--output", "FILE", "write the table as .csv, .parquet or .ndjson instead of printing it", ""},
             {"--plot", "FILE", "write a fan chart with the parts, or one fan for each series, as .svg or .html", ""}},
            run};
}

}  // namespace quoin::command
