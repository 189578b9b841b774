#include "commands/survival/survival_columns.h"

#include <algorithm>
#include <map>

namespace quoin {
namespace {

Result<const Column*> number_column(const Table& table, const std::string& name) {
    TRY(column, table.column(name));
    if (column->kind() != ColumnKind::number) return fail_field(ErrorKind::invalid, name, "column '{}' holds no numbers", name);
    return column;
}

/// The columns that covariates come from.
Result<std::vector<const Column*>> covariate_columns(const Table& table, const SurvivalColumns& columns) {
    std::vector<const Column*> found;
    for (const std::string& name : columns.covariates) {
        TRY(column, table.column(name));
        found.push_back(column);
    }
    const std::string* taken[] = {&columns.time, &columns.event, &columns.start, &columns.weight, &columns.strata};
    for (const Column& column : table.columns()) {
        if (!columns.covariates.empty()) break;
        if (std::ranges::none_of(taken, [&](const std::string* name) { return *name == column.name; })) found.push_back(&column);
    }
    for (const Column* column : found)
        if (column->kind() == ColumnKind::time)
            return fail_field(ErrorKind::invalid, column->name,
                              "column '{}' holds times, which are no covariate; name others with --covariates", column->name);
    return found;
}

std::vector<std::size_t> complete_rows(std::size_t rows, const std::vector<const Column*>& columns) {
    std::vector<std::size_t> complete;
    for (std::size_t row = 0; row < rows; ++row)
        if (std::ranges::none_of(columns, [&](const Column* column) { return column->is_missing(row); })) complete.push_back(row);
    return complete;
}

/// The levels of a category that occur in the rows, by name, and their codes.
std::map<std::string, std::int32_t> levels_of(const Categories& categories, const std::vector<std::size_t>& rows) {
    std::map<std::string, std::int32_t> levels;
    for (std::size_t row : rows) levels.emplace(categories.levels[static_cast<std::size_t>(categories.codes[row])], categories.codes[row]);
    return levels;
}

std::vector<double> values_of(const Column& column, const std::vector<std::size_t>& rows) {
    std::vector<double> values;
    for (std::size_t row : rows) values.push_back(column.numbers()[row]);
    return values;
}

Status add_covariates(TableSurvivalRows& result, const std::vector<const Column*>& columns, const std::vector<std::size_t>& rows) {
    std::vector<std::vector<double>> values;
    for (const Column* column : columns) {
        if (column->kind() == ColumnKind::number) {
            result.covariate_names.push_back(column->name);
            values.push_back(values_of(*column, rows));
            continue;
        }
        const auto levels = levels_of(column->categories(), rows);
        for (auto level = std::next(levels.begin()); level != levels.end(); ++level) {
            if (values.size() == survival_covariates_max)
                return fail(ErrorKind::too_large, "more than {} covariates: '{}' has {} levels", survival_covariates_max, column->name,
                            levels.size());
            result.covariate_names.push_back(column->name + "=" + level->first);
            values.emplace_back();
            for (std::size_t row : rows) values.back().push_back(column->categories().codes[row] == level->second);
        }
    }
    result.covariates = Matrix(rows.size(), values.size());
    for (std::size_t j = 0; j < values.size(); ++j)
        for (std::size_t i = 0; i < rows.size(); ++i) result.covariates(i, j) = values[j][i];
    return {};
}

/// Strata by the text of their column; codes in the order of the texts.
void add_strata(TableSurvivalRows& result, const Column& column, const std::vector<std::size_t>& rows) {
    std::map<std::string, std::uint32_t> codes;
    for (std::size_t row : rows) codes.emplace(column.text(row), 0);
    for (auto& [name, code] : codes) {
        code = static_cast<std::uint32_t>(result.stratum_names.size());
        result.stratum_names.push_back(name);
    }
    for (std::size_t row : rows) result.strata.push_back(codes[column.text(row)]);
}

Status add_events(TableSurvivalRows& result, const Column& column, const std::vector<std::size_t>& rows) {
    for (std::size_t row : rows) {
        const double event = column.numbers()[row];
        if (event != 0 && event != 1)
            return fail_field(ErrorKind::invalid, column.name, "row {}: '{}' is {}; an event is 1, no event 0", row + 1, column.name,
                              event);
        result.events.push_back(event == 1);
    }
    return {};
}

}  // namespace

Result<TableSurvivalRows> survival_rows_of(const Table& table, const SurvivalColumns& columns) {
    TRY(time, number_column(table, columns.time));
    TRY(event, number_column(table, columns.event));
    TRY(covariates, covariate_columns(table, columns));
    std::vector<const Column*> used = covariates;
    used.insert(used.end(), {time, event});
    const Column *start = nullptr, *weight = nullptr, *strata = nullptr;
    if (!columns.start.empty()) {
        TRY(column, number_column(table, columns.start));
        used.push_back(start = column);
    }
    if (!columns.weight.empty()) {
        TRY(column, number_column(table, columns.weight));
        used.push_back(weight = column);
    }
    if (!columns.strata.empty()) {
        TRY(column, table.column(columns.strata));
        used.push_back(strata = column);
    }
    const std::vector<std::size_t> rows = complete_rows(table.rows(), used);
    if (rows.empty()) return fail(ErrorKind::invalid, "no row of {} has all of these columns", table.rows());

    TableSurvivalRows result{.rows_left_out = table.rows() - rows.size()};
    result.stops = values_of(*time, rows);
    if (start) result.starts = values_of(*start, rows);
    if (weight) result.weights = values_of(*weight, rows);
    if (strata) add_strata(result, *strata, rows);
    TRY_VOID(add_events(result, *event, rows));
    TRY_VOID(add_covariates(result, covariates, rows));
    return result;
}

}  // namespace quoin
