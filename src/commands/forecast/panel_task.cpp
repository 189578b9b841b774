#include "commands/forecast/panel_task.h"

#include <cmath>
#include <map>

#include "table/read.h"

namespace quoin {
namespace {

constexpr std::size_t series_max = 100'000;

/// The columns that a panel is read from.
struct PanelColumns {
    const Column *series, *time, *value;
    std::vector<const Column*> statics, observed, known;
};

std::vector<std::string> names_of(const CommandLine& line, const char* option) {
    return line.has(option) ? split_list(line.text(option)) : std::vector<std::string>{};
}

Result<std::vector<const Column*>> columns_of(const Table& table, const std::vector<std::string>& names, bool are_numbers) {
    std::vector<const Column*> columns;
    for (const std::string& name : names) {
        TRY(column, table.column(name));
        if (are_numbers && column->kind() != ColumnKind::number) return fail(ErrorKind::invalid, "column '{}' holds no numbers", name);
        columns.push_back(column);
    }
    return columns;
}

/// A column of one series on its grid, gaps filled.
Result<std::vector<double>> on_grid(const Column& column, const std::vector<EventTime>& times, const std::vector<std::size_t>& rows,
                                    std::size_t period) {
    std::vector<double> values;
    for (std::size_t row : rows) values.push_back(column.numbers()[row]);
    TRY(series, Series::make(times, std::move(values)));
    TRY(grid, series.on_grid());
    return interpolated(grid.values(), period);
}

std::size_t observed_length(std::span<const double> values) {
    std::size_t length = values.size();
    while (length > 0 && std::isnan(values[length - 1])) --length;
    return length;
}

Result<PanelSeries> read_one(const PanelColumns& columns, const std::vector<std::size_t>& rows, std::size_t horizon) {
    std::vector<EventTime> times;
    std::vector<double> values;
    for (std::size_t row : rows) {
        times.push_back(columns.time->times()[row]);
        values.push_back(columns.value->numbers()[row]);
    }
    TRY(series, Series::make(times, std::move(values)));
    TRY(grid, series.on_grid());
    PanelSeries one{.name = columns.series->text(rows[0]), .first = grid.times()[0], .step = *grid.step(), .inputs = {}};
    const std::size_t period = usual_period(one.step), length = observed_length(grid.values());
    one.inputs.target = interpolated(grid.values().first(length), period);
    for (const Column* column : columns.observed) {
        TRY(filled, on_grid(*column, times, rows, period));
        filled.resize(length);
        one.inputs.observed.push_back(std::move(filled));
    }
    for (const Column* column : columns.known) {
        TRY(filled, on_grid(*column, times, rows, period));
        if (filled.size() < length + horizon)
            return fail(ErrorKind::invalid, "--known {} needs {} rows after the last value, with the value left empty; there are {}",
                        column->name, horizon, filled.size() - length);
        filled.resize(length + horizon);
        one.inputs.known.push_back(std::move(filled));
    }
    return one;
}

/// Codes of a text from 1 on, in order of appearance.
class Codes {
public:
    std::size_t of(const std::string& text) { return codes_.emplace(text, codes_.size() + 1).first->second; }

private:
    std::map<std::string, std::size_t> codes_;
};

Status read_all(const PanelColumns& columns, std::size_t rows, PanelTask& task) {
    std::map<std::string, std::size_t> places;
    std::vector<std::vector<std::size_t>> groups;
    for (std::size_t row = 0; row < rows; ++row) {
        if (columns.series->is_missing(row)) return fail(ErrorKind::invalid, "row {}: column '{}' is empty", row + 1, columns.series->name);
        auto [place, is_new] = places.emplace(columns.series->text(row), groups.size());
        if (is_new) groups.emplace_back();
        groups[place->second].push_back(row);
        if (groups.size() > series_max)
            return fail(ErrorKind::too_large, "more than {} series in column '{}'", series_max, columns.series->name);
    }
    if (groups.empty()) return fail(ErrorKind::invalid, "the file has no rows");
    std::vector<Codes> codes(columns.statics.size());
    for (const std::vector<std::size_t>& group : groups) {
        auto one = read_one(columns, group, task.request.horizon);
        if (!one) return fail(one.error().kind, "series '{}': {}", columns.series->text(group[0]), one.error().message);
        one->inputs.categories.push_back(task.series.size() + 1);
        for (std::size_t s = 0; s < columns.statics.size(); ++s)
            one->inputs.categories.push_back(codes[s].of(columns.statics[s]->text(group[0])));
        task.series.push_back(std::move(*one));
    }
    return {};
}

Status read_networks(const CommandLine& line, PanelTask& task) {
    task.learned = names_of(line, "learn");
    if (task.method == "nbeats" || task.method == "tft") task.learned = {task.method};
    for (const std::string& name : task.learned)
        if (name != "nbeats" && name != "tft") return fail(ErrorKind::invalid, "--learn takes nbeats and tft, not '{}'", name);
    if (!task.learned.empty() && task.method != "nbeats" && task.method != "tft" && task.method != "combination")
        return fail(ErrorKind::invalid, "--learn adds networks to the combination; --method {} has none", task.method);
    TRY(steps, line.whole("steps", 1, 10'000'000));
    task.steps = static_cast<std::size_t>(steps);
    return {};
}

}  // namespace

Result<PanelTask> read_panel_task(const CommandLine& line) {
    PanelTask task{.series = {}, .inputs = {}, .seasons = {}, .method = line.text("method"), .learned = {}, .request = {}};
    if (task.method == "prophet") return fail(ErrorKind::unsupported, "--method prophet takes one series; leave --series out");
    if (line.has("plot")) return fail(ErrorKind::unsupported, "--plot draws one series; leave --series out, or draw the table of --output");
    TRY(request, read_request(line));
    task.request = std::move(request);
    TRY_VOID(read_networks(line, task));
    TRY(table, read_table(line.text("file")));
    PanelColumns columns{};
    TRY(series, table.column(line.text("series")));
    TRY(time, table.column(line.text("time")));
    TRY(value, table.column(line.text("value")));
    if (time->kind() != ColumnKind::time)
        return fail(ErrorKind::invalid, "column '{}' holds no times; write them as 2024-01-15 or 2024-01-15T10:30:00Z", time->name);
    if (value->kind() != ColumnKind::number) return fail(ErrorKind::invalid, "column '{}' holds no numbers", value->name);
    task.inputs = {.categories = {line.text("series")},
                   .static_numbers = {},
                   .observed = names_of(line, "observed"),
                   .known = names_of(line, "known")};
    TRY(statics, columns_of(table, names_of(line, "static"), false));
    TRY(observed, columns_of(table, task.inputs.observed, true));
    TRY(known, columns_of(table, task.inputs.known, true));
    columns = {series, time, value, std::move(statics), std::move(observed), std::move(known)};
    for (const Column* column : columns.statics) task.inputs.categories.push_back(column->name);
    TRY_VOID(read_all(columns, table.rows(), task));
    TRY(seasons, read_seasons(line, task.series[0].step));
    task.seasons = seasons;
    return task;
}

}  // namespace quoin
