#include <boost/json.hpp>
#include <fstream>

#include "base/json.h"
#include "commands/command.h"
#include "commands/detection.h"
#include "commands/terminal.h"
#include "table/read.h"
#include "table/write.h"

namespace quoin::command {

CommandEntry detect();

namespace {

namespace json = boost::json;

constexpr std::size_t lines_shown_max = 20;

std::vector<std::string> names_in(const std::string& text) {
    std::vector<std::string> names;
    for (std::size_t start = 0; start <= text.size();) {
        std::size_t comma = std::min(text.find(',', start), text.size());
        if (comma > start) names.push_back(text.substr(start, comma - start));
        start = comma + 1;
    }
    return names;
}

Result<Table> output_table(const Detection& found, const DetectionRequest& request) {
    std::vector<Column> columns;
    columns.push_back(output_column(request.time_column, found.times, found.form));
    for (std::size_t j = 0; j < request.value_columns.size(); ++j) columns.push_back({request.value_columns[j], found.values[j]});
    Numbers alarm(found.times.size(), 0.0), change(found.times.size(), 0.0);
    for (std::size_t entry : found.alarms) alarm[entry] = 1;
    for (const auto& found_change : found.changes) change[found_change.entry] = 1;
    columns.push_back({"score", found.scores});
    columns.push_back({"alarm", alarm});
    columns.push_back({"change", change});
    for (std::size_t j = 0; j < request.value_columns.size(); ++j)
        columns.push_back({"share:" + request.value_columns[j], found.shares[j]});
    return Table::make(std::move(columns));
}

/// The column that most of an alarm is due to; empty if the method does not tell.
std::string blamed(const Detection& found, const DetectionRequest& request, std::size_t entry) {
    std::size_t most = 0;
    for (std::size_t j = 1; j < found.shares.size(); ++j)
        if (found.shares[j][entry] > found.shares[most][entry]) most = j;
    return found.shares[most][entry] > 0 ? request.value_columns[most] : "";
}

json::object report_json(const Detection& found, const DetectionRequest& request) {
    json::array alarms, changes;
    for (std::size_t entry : found.alarms)
        alarms.push_back(json::object{{"time", time_text(found.times[entry], found.form)},
                                      {"score", found.scores[entry]},
                                      {"column", blamed(found, request, entry)}});
    for (const auto& change : found.changes)
        changes.push_back(json::object{{"time", time_text(found.times[change.entry], found.form)},
                                       {"column", request.value_columns[change.column]},
                                       {"mean_before", change.before},
                                       {"mean_after", change.after}});
    return {{"rows", found.times.size()},       {"rows_without_value", found.rows_without_value},
            {"equal_times", found.equal_times}, {"method", request.method},
            {"alarms", std::move(alarms)},      {"changes", std::move(changes)}};
}

void print_report(const Detection& found, const DetectionRequest& request) {
    fmt::print("{} rows from {} to {}", count_text(static_cast<std::int64_t>(found.times.size())),
               time_text(found.times.front(), found.form), time_text(found.times.back(), found.form));
    if (found.rows_without_value > 0) fmt::print("; {} rows without a value were left out", found.rows_without_value);
    if (found.equal_times > 0) fmt::print("; {} rows have the time of the row before", found.equal_times);
    fmt::print("\n\n{} alarms ({})\n", found.alarms.size(), request.method);
    TerminalTable alarms{{"time", "score", "column"}, {}}, changes{{"time", "column", "mean before", "mean after"}, {}};
    for (std::size_t entry : std::span(found.alarms).first(std::min(found.alarms.size(), lines_shown_max)))
        alarms.rows.push_back(
            {time_text(found.times[entry], found.form), fmt::format("{:.3f}", found.scores[entry]), blamed(found, request, entry)});
    if (!alarms.rows.empty()) fmt::print("{}", render(alarms, terminal_width()));
    bool are_all = found.changes.size() <= lines_shown_max;
    fmt::print("\n{} changes{}\n", found.changes.size(), are_all ? "" : fmt::format("; the {} largest:", lines_shown_max));
    for (const auto& change : largest_changes(found, lines_shown_max))
        changes.rows.push_back({time_text(found.times[change.entry], found.form), request.value_columns[change.column],
                                fmt::format("{:.6g}", change.before), fmt::format("{:.6g}", change.after)});
    if (!changes.rows.empty()) fmt::print("{}", render(changes, terminal_width()));
    if (std::max(found.alarms.size(), found.changes.size()) > lines_shown_max)
        fmt::print("at most {} of each are shown; --output or --json has all\n", lines_shown_max);
}

Result<int> run(const CommandLine& line) {
    DetectionRequest request{
        .time_column = line.text("time"), .value_columns = names_in(line.text("value")), .method = line.text("method")};
    TRY(seed, line.whole("seed", 0, INT64_MAX));
    request.seed = static_cast<std::uint64_t>(seed);
    if (request.value_columns.empty()) return fail_field(ErrorKind::invalid, "value", "--value names no column");
    TRY(table, read_table(line.text("file")));
    TRY(found, quoin::detect(table, request));
    if (line.has("output")) {
        TRY(output, output_table(found, request));
        TRY_VOID(write_table(output, line.text("output")));
    }
    if (line.has("plot")) {
        std::ofstream file(line.text("plot"), std::ios::binary);
        file << detection_plot(found, request.value_columns);
        if (!file.flush()) return fail(ErrorKind::unavailable, "'{}' cannot be written", line.text("plot"));
    }
    if (line.has("json")) fmt::print("{}\n", json_text(report_json(found, request), 2));
    else print_report(found, request);
    return 0;
}

}  // namespace

CommandEntry detect() {
    return {
        "detect",
        "find what is unusual in a series, and where it changed",
        "quoin detect prices.csv --time month --value price --plot prices.svg",
        {{"FILE", "", "CSV (also .gz), Parquet or NDJSON", "", true},
         {"--time", "COLUMN", "the column of times, or of whole numbers: years, seconds since 1970, counts", "", true},
         {"--value", "COLUMN[,COLUMN…]", "the columns of numbers", "", true},
         {"--method", "NAME", "ensemble, forest (robust random cut), tail (streaming extreme values) or half-space (trees)", "ensemble"},
         {"--output", "FILE", "score, alarm, change and each column's share per row: .csv, .parquet or .ndjson"},
         {"--plot", "FILE", "the series with alarms and changes as SVG"},
         {"--seed", "NUMBER", "of the forests", "1"},
         json_option()},
        run};
}

}  // namespace quoin::command
