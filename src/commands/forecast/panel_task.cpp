#include "commands/forecast/panel_task.h"

#include <cmath>
#include <map>

#include "table/read.h"

namespace quoin {
namespace {

constexpr std::size_t series_max = 100'000;

/// The columns that a panel is read from.
struct PanelColumns {
    const Column *series, *value;
    TimeColumn time;
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
        times.push_back(columns.time.times[row]);
        values.push_back(columns.value->numbers()[row]);
    }
    TRY(series, Series::make(times, std::move(values)));
    TRY(grid, series.on_grid());
    PanelSeries one{.name = columns.series->text(rows[0]), .first = grid.times()[0], .step = *grid.step(), .inputs = {}};
    const std::size_t period = columns.time.form == TimeForm::counts ? 1 : usual_period(one.step), length = observed_length(grid.values());
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
    /// New texts get new codes, or 0 (unknown) where a network has fixed them.
    std::size_t of(const std::string& text) {
        auto found = codes_.find(text);
        if (found != codes_.end() || is_fixed_) return found != codes_.end() ? found->second : 0;
        names_.push_back(text);
        return codes_[text] = names_.size();
    }
    void fix(const std::vector<std::string>& names) {
        for (const std::string& name : names) of(name);
        is_fixed_ = true;
    }
    const std::vector<std::string>& names() const { return names_; }

private:
    std::map<std::string, std::size_t> codes_;
    std::vector<std::string> names_;
    bool is_fixed_ = false;
};

const TftModel* tft_of(const PanelTask& task) { return task.network ? std::get_if<TftModel>(&*task.network) : nullptr; }

/// Rows of known inputs that must follow: a network reads all that it was trained for.
std::size_t known_rows(const PanelTask& task) {
    return std::max(task.request.horizon, task.network ? horizon_of(*task.network) : std::size_t{0});
}

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
    std::vector<Codes> codes(1 + columns.statics.size());
    if (const TftModel* tft = tft_of(task))
        for (std::size_t c = 0; c < codes.size(); ++c)
            codes[c].fix(c < tft->parts().levels.size() ? tft->parts().levels[c] : std::vector<std::string>{});
    for (const std::vector<std::size_t>& group : groups) {
        auto one = read_one(columns, group, known_rows(task));
        if (!one) return fail(one.error().kind, "series '{}': {}", columns.series->text(group[0]), one.error().message);
        one->inputs.categories.push_back(codes[0].of(one->name));
        for (std::size_t s = 0; s < columns.statics.size(); ++s)
            one->inputs.categories.push_back(codes[s + 1].of(columns.statics[s]->text(group[0])));
        task.series.push_back(std::move(*one));
    }
    for (const Codes& one : codes) task.inputs.levels.push_back(one.names());
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
    if (line.has("save") && task.learned.size() != 1)
        return fail(ErrorKind::invalid, "--save keeps the network of --method or --learn nbeats or tft; there are {}", task.learned.size());
    if (!line.has("network")) return {};
    if (!task.learned.empty() || task.method != "combination")
        return fail(ErrorKind::invalid, "--network takes the place of --method and --learn; leave them out");
    TRY(network, read_network(line.text("network")));
    task.method = method_of(network);
    task.network = std::move(network);
    return {};
}

/// Whether the columns are those that a network was trained with.
Status check_inputs(const PanelTask& task) {
    const TftModel* tft = tft_of(task);
    if (!tft) return {};
    auto compare = [](const char* option, const std::vector<std::string>& wanted, const std::vector<std::string>& given) -> Status {
        if (wanted == given) return {};
        return fail(ErrorKind::invalid, "the network was trained with {} {}, not {}", option,
                    wanted.empty() ? "left out" : fmt::format("{}", fmt::join(wanted, ",")),
                    given.empty() ? "without it" : fmt::format("{}", fmt::join(given, ",")));
    };
    const TftModel::Parts& parts = tft->parts();
    if (parts.static_names.empty()) return fail(ErrorKind::invalid, "the network has no names of series; it was not saved by forecast");
    TRY_VOID(compare("--static", {parts.static_names.begin() + 1, parts.static_names.end()},
                     {task.inputs.categories.begin() + 1, task.inputs.categories.end()}));
    TRY_VOID(compare("--observed", parts.observed_names, task.inputs.observed));
    return compare("--known", parts.known_names, task.inputs.known);
}

}  // namespace

Result<PanelTask> read_panel_task(const CommandLine& line) {
    PanelTask task{.series = {}, .inputs = {}, .seasons = {}, .method = line.text("method"), .learned = {}, .request = {}};
    if (task.method == "prophet") return fail(ErrorKind::unsupported, "--method prophet takes one series; leave --series out");
    TRY(request, read_request(line));
    task.request = std::move(request);
    TRY_VOID(read_networks(line, task));
    TRY(table, read_table(line.text("file")));
    TRY(series, table.column(line.text("series")));
    TRY(time_place, table.column(line.text("time")));
    TRY(value, table.column(line.text("value")));
    TRY(time, time_column(*time_place));
    if (value->kind() != ColumnKind::number) return fail(ErrorKind::invalid, "column '{}' holds no numbers", value->name);
    task.inputs = {.categories = {line.text("series")},
                   .static_numbers = {},
                   .observed = names_of(line, "observed"),
                   .known = names_of(line, "known")};
    TRY(statics, columns_of(table, names_of(line, "static"), false));
    TRY(observed, columns_of(table, task.inputs.observed, true));
    TRY(known, columns_of(table, task.inputs.known, true));
    task.form = time.form;
    PanelColumns columns = {series, value, std::move(time), std::move(statics), std::move(observed), std::move(known)};
    for (const Column* column : columns.statics) task.inputs.categories.push_back(column->name);
    TRY_VOID(check_inputs(task));
    TRY_VOID(read_all(columns, table.rows(), task));
    TRY(seasons, read_seasons(line, task.series[0].step, task.form));
    task.seasons = seasons;
    return task;
}

}  // namespace quoin
