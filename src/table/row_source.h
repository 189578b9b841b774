#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "table/table.h"

namespace quoin {

/// A column as its source has it: already numbers or times, or (category) texts whose kind is still to be told.
struct SourceColumn {
    std::string name;
    ColumnKind kind = ColumnKind::category;
};

/// Some rows on their way from a source to a table. Of each column's three vectors the one of its SourceColumn's kind is filled.
struct RowBatch {
    struct Cells {
        std::vector<std::string_view> texts;  ///< empty: missing
        Numbers numbers;
        Times times;
    };
    std::size_t rows = 0;
    std::vector<Cells> columns;
};

/// Where rows come from; can be streamed again from the start. Not thread-safe.
class RowSource {
public:
    virtual ~RowSource() = default;
    /// How errors call it, e.g. "'sales.csv'".
    virtual const std::string& where() const = 0;
    virtual std::span<const SourceColumn> columns() const = 0;
    /// Hands all rows to `consume`, in order; the batch's texts are valid during the call. An error of `consume` ends it and is returned.
    virtual Status stream(const std::function<Status(const RowBatch&)>& consume) = 0;
};

}  // namespace quoin
