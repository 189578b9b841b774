#include "features/point_in_time_table.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <unordered_map>

#include "features/point_in_time_join.h"

namespace quoin {
namespace {

Result<const Times*> times_of(const Table& table, const std::string& name) {
    TRY(column, table.column(name));
    if (column->kind() == ColumnKind::time) return &column->times();
    return fail_field(ErrorKind::invalid, name, "'{}' must be a column of times, it is one of {}", name, name_of(column->kind()));
}

/// The codes of both columns: equal ids have equal codes.
struct SharedCodes {
    std::vector<std::uint32_t> rows, questions;
    std::uint32_t count = 0;
};

std::vector<std::int64_t> keys_of(const Numbers& numbers) {
    std::vector<std::int64_t> keys;
    for (double number : numbers) keys.push_back(std::bit_cast<std::int64_t>(number + 0.0));  // −0 is 0
    return keys;
}

void leave_out_missing(const Numbers& numbers, std::vector<std::uint32_t>& codes) {
    for (std::size_t row = 0; row < numbers.size(); ++row)
        if (std::isnan(numbers[row])) codes[row] = no_entity;
}

SharedCodes codes_of(const Categories& rows, const Categories& questions) {
    SharedCodes codes{.rows = {}, .questions = {}, .count = static_cast<std::uint32_t>(rows.levels.size())};
    std::unordered_map<std::string_view, std::uint32_t> places;
    for (std::uint32_t level = 0; level < rows.levels.size(); ++level) places[rows.levels[level]] = level;
    std::vector<std::uint32_t> level_codes;
    for (const auto& level : questions.levels) {
        auto found = places.find(level);
        level_codes.push_back(found == places.end() ? no_entity : found->second);
    }
    for (auto code : rows.codes) codes.rows.push_back(code == Categories::missing ? no_entity : static_cast<std::uint32_t>(code));
    for (auto code : questions.codes)
        codes.questions.push_back(code == Categories::missing ? no_entity : level_codes[static_cast<std::size_t>(code)]);
    return codes;
}

Result<SharedCodes> codes_of(const Column& rows, const Column& questions) {
    if (rows.kind() != questions.kind() || rows.kind() == ColumnKind::time)
        return fail_field(ErrorKind::invalid, questions.name,
                          "'{}' of the frame ({}) and '{}' of the table ({}) must both be texts or numbers", questions.name,
                          name_of(questions.kind()), rows.name, name_of(rows.kind()));
    if (rows.kind() == ColumnKind::category) return codes_of(rows.categories(), questions.categories());
    DenseCodes dense;
    SharedCodes codes{
        .rows = dense.add(keys_of(rows.numbers())), .questions = dense.find(keys_of(questions.numbers())), .count = dense.size()};
    leave_out_missing(rows.numbers(), codes.rows);
    leave_out_missing(questions.numbers(), codes.questions);
    return codes;
}

Column taken(const Column& column, const PointAnswers& answers, std::string name) {
    auto take = [&](const auto& values, auto missing, auto& out) {
        for (std::size_t i = 0; i < answers.size; ++i) out.push_back(answers.has_row(i) ? values[answers.rows[i]] : missing);
    };
    if (column.kind() == ColumnKind::number) {
        Numbers numbers;
        take(column.numbers(), std::numeric_limits<double>::quiet_NaN(), numbers);
        return {std::move(name), std::move(numbers)};
    }
    if (column.kind() == ColumnKind::time) {
        Times times;
        take(column.times(), EventTime::missing(), times);
        return {std::move(name), std::move(times)};
    }
    Categories categories{.codes = {}, .levels = column.categories().levels};
    take(column.categories().codes, Categories::missing, categories.codes);
    return {std::move(name), std::move(categories)};
}

Column statuses(const Column& column, const PointAnswers& answers, std::string name) {
    Categories categories;
    for (auto status : {FeatureStatus::present, FeatureStatus::null_value, FeatureStatus::not_found, FeatureStatus::outside_max_age})
        categories.levels.emplace_back(name_of(status));
    for (std::size_t i = 0; i < answers.size; ++i) {
        auto status = answers.status(i);
        if (status == FeatureStatus::present && column.is_missing(answers.rows[i])) status = FeatureStatus::null_value;
        categories.codes.push_back(static_cast<std::int32_t>(status));
    }
    return {std::move(name), std::move(categories)};
}

}  // namespace

Result<Table> join_as_of(const FrameQuestions& questions, const BitemporalTable& table, const JoinedColumns& joined) {
    TRY(asked_ids, questions.frame.column(questions.entity_column));
    TRY(asked_times, times_of(questions.frame, questions.time_column));
    TRY(row_ids, table.rows.column(table.entity_column));
    TRY(row_times, times_of(table.rows, table.time_column));
    TRY(codes, codes_of(*row_ids, *asked_ids));
    BitemporalRows rows{.entities = codes.rows, .times = *row_times, .lag = table.lag, .entity_count = codes.count};
    if (!table.available_column.empty()) {
        TRY(available, times_of(table.rows, table.available_column));
        rows.available = *available;
    }
    TRY(index, PointInTimeIndex::make(rows, joined.threads));
    TRY(answers, index.answer({codes.questions, *asked_times}, table.max_age));
    std::vector<std::string> names = table.columns;
    if (names.empty())
        for (const Column& column : table.rows.columns())
            if (column.name != table.entity_column && column.name != table.time_column && column.name != table.available_column)
                names.push_back(column.name);
    std::vector<Column> columns(questions.frame.columns().begin(), questions.frame.columns().end());
    for (const std::string& name : names) {
        TRY(column, table.rows.column(name));
        columns.push_back(taken(*column, answers, joined.prefix + name));
        if (joined.wants_statuses) columns.push_back(statuses(*column, answers, joined.prefix + name + "__status"));
    }
    return Table::make(std::move(columns));
}

}  // namespace quoin
