#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "table/query_engine.h"
#include "table/read.h"
#include "table/table.h"

namespace quoin {

/// Rows of text collected by dictionary, from which typed columns are made: a column's kind is told from its distinct texts alone, so each is
/// parsed once however often it occurs.
class TextColumns {
public:
    /// `where`: how errors call the source, e.g. "'sales.csv'".
    TextColumns(std::string where, const ReadOptions& options);

    Status append(const TextRows& rows);
    std::size_t rows() const { return rows_; }
    /// The kinds that the texts so far allow, or that were declared.
    std::vector<ColumnSpec> specs() const;
    /// Error: invalid, for a declared kind that a value does not fit, or a number that is infinite; names source, row, column and value.
    Result<Table> table(const std::vector<ColumnSpec>& specs) const;
    /// Forgets the rows but not the names; `first_row` numbers the next one in errors.
    void clear();

private:
    struct TextColumn {
        std::string name;
        Categories categories;
        std::unordered_map<std::string, std::int32_t> codes;
    };
    std::size_t row_of(const TextColumn& column, std::int32_t code) const;
    Result<Column> typed(const TextColumn& column, ColumnKind kind) const;
    tl::unexpected<Error> misfit(const TextColumn& column, std::int32_t code, ColumnKind kind) const;

    std::string where_;
    const ReadOptions& options_;
    std::unordered_set<std::string> missing_;
    std::vector<TextColumn> columns_;
    std::size_t rows_ = 0, first_row_ = 0;
};

/// A number as people write it: 1,234.5, $540,000, -3e5, true, false. Nothing if it is none; infinite when too large for a double.
std::optional<double> parse_number(std::string_view text);

}  // namespace quoin
