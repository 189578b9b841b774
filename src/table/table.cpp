#include "table/table.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "table/value_text.h"

namespace quoin {
namespace {

/// Levenshtein distance, for "did you mean".
std::size_t spelling_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            std::size_t above = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
            diagonal = above;
        }
    }
    return row.back();
}

}  // namespace

const char* name_of(ColumnKind kind) {
    switch (kind) {
        case ColumnKind::number: return "number";
        case ColumnKind::category: return "category";
        case ColumnKind::time: return "time";
    }
    return "number";
}

std::size_t Column::size() const {
    if (kind() == ColumnKind::category) return categories().codes.size();
    return kind() == ColumnKind::number ? numbers().size() : times().size();
}

bool Column::is_missing(std::size_t row) const {
    switch (kind()) {
        case ColumnKind::number: return std::isnan(numbers()[row]);
        case ColumnKind::category: return categories().codes[row] == Categories::missing;
        case ColumnKind::time: return times()[row].is_missing();
    }
    return true;
}

std::size_t Column::missing_count() const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < size(); ++i) count += is_missing(i);
    return count;
}

std::string Column::text(std::size_t row) const {
    if (is_missing(row)) return {};
    if (kind() == ColumnKind::category) return categories().levels[static_cast<std::size_t>(categories().codes[row])];
    return kind() == ColumnKind::time ? time_text(times()[row]) : number_text(numbers()[row]);
}

Result<Table> Table::make(std::vector<Column> columns) {
    Table table;
    for (auto& column : columns) TRY_VOID(table.add(std::move(column)));
    return table;
}

Status Table::add(Column column) {
    if (column.name.empty()) return fail(ErrorKind::invalid, "column {} has no name", columns_.size() + 1);
    if (find(column.name) != nullptr) return fail(ErrorKind::invalid, "column '{}' is there twice", column.name);
    if (!columns_.empty() && column.size() != rows_)
        return fail(ErrorKind::invalid, "column '{}' has {} rows, the others have {}", column.name, column.size(), rows_);
    rows_ = column.size();
    columns_.push_back(std::move(column));
    return {};
}

const Column* Table::find(std::string_view name) const {
    auto found = std::ranges::find(columns_, name, &Column::name);
    return found == columns_.end() ? nullptr : &*found;
}

Result<const Column*> Table::column(std::string_view name) const {
    if (const Column* found = find(name)) return found;
    std::vector<std::string> names;
    const Column* nearest = nullptr;
    std::size_t least = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (const auto& column : columns_) {
        if (names.size() < 40) names.push_back(column.name);
        auto distance = spelling_distance(name, column.name);
        if (distance < least) {
            least = distance;
            nearest = &column;
        }
    }
    auto hint = nearest == nullptr ? std::string() : fmt::format(" (did you mean '{}'?)", nearest->name);
    return fail_field(ErrorKind::not_found, std::string(name), "there is no column '{}'{}; the columns are {}", name, hint,
                      fmt::join(names, ", "));
}

Table Table::take(std::span<const std::size_t> rows) const {
    Table taken;
    taken.rows_ = rows.size();
    for (const auto& column : columns_) {
        auto& copy = taken.columns_.emplace_back();
        copy.name = column.name;
        if (column.kind() == ColumnKind::category) {
            Categories categories{{}, column.categories().levels};
            categories.codes.reserve(rows.size());
            for (auto row : rows) categories.codes.push_back(column.categories().codes[row]);
            copy.values = std::move(categories);
        } else if (column.kind() == ColumnKind::number) {
            Numbers numbers;
            numbers.reserve(rows.size());
            for (auto row : rows) numbers.push_back(column.numbers()[row]);
            copy.values = std::move(numbers);
        } else {
            Times times;
            times.reserve(rows.size());
            for (auto row : rows) times.push_back(column.times()[row]);
            copy.values = std::move(times);
        }
    }
    return taken;
}

Table Table::without(std::string_view name) const {
    Table rest;
    rest.rows_ = rows_;
    for (const auto& column : columns_)
        if (column.name != name) rest.columns_.push_back(column);
    return rest;
}

}  // namespace quoin
