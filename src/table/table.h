#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/event_time.h"
#include "base/result.h"

namespace quoin {

enum class ColumnKind { number, category, time };
const char* name_of(ColumnKind kind);

/// Numbers; NaN is missing. Booleans are 0 and 1.
using Numbers = std::vector<double>;

/// Text by dictionary: codes[i] indexes levels, −1 is missing. Levels are unique, in order of first appearance.
struct Categories {
    std::vector<std::int32_t> codes;
    std::vector<std::string> levels;
    static constexpr std::int32_t missing = -1;
};

/// Times; EventTime::missing() is missing.
using Times = std::vector<EventTime>;

/// One named column. Value type: copy costs its data.
struct Column {
    std::string name;
    std::variant<Numbers, Categories, Times> values;

    ColumnKind kind() const { return static_cast<ColumnKind>(values.index()); }
    std::size_t size() const;
    bool is_missing(std::size_t row) const;
    std::size_t missing_count() const;
    /// The value as a person would write it in a CSV file; empty when missing. Numbers shortest round-trip, times RFC 3339.
    std::string text(std::size_t row) const;
    /// Preconditions: kind() matches.
    const Numbers& numbers() const { return std::get<Numbers>(values); }
    const Categories& categories() const { return std::get<Categories>(values); }
    const Times& times() const { return std::get<Times>(values); }
};

/// Named columns of equal length. Names are unique and not empty.
class Table {
public:
    Table() = default;
    /// Error: invalid, if lengths differ or a name is empty or there twice.
    static Result<Table> make(std::vector<Column> columns);

    std::size_t rows() const { return rows_; }
    std::span<const Column> columns() const { return columns_; }
    /// nullptr if there is no such column. Names are case-sensitive.
    const Column* find(std::string_view name) const;
    /// Error: not_found, naming the columns that exist and the nearest by spelling.
    Result<const Column*> column(std::string_view name) const;
    /// The rows at `rows`, in that order, repeats allowed. Precondition: every index < rows().
    Table take(std::span<const std::size_t> rows) const;
    /// Adds a column. Error: invalid, as for make.
    Status add(Column column);
    /// The same table without the column; no error if it is not there.
    Table without(std::string_view name) const;

private:
    std::vector<Column> columns_;
    std::size_t rows_ = 0;
};

/// What a column must be; used to read a file the way it was read in training.
struct ColumnSpec {
    std::string name;
    ColumnKind kind;
    bool required = true;
};

}  // namespace quoin
