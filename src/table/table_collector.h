#pragma once

#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "table/read.h"
#include "table/row_source.h"
#include "table/table.h"

namespace quoin {

/// Texts by code, each kept once, in order of first appearance.
class Dictionary {
public:
    std::int32_t code_of(std::string_view text);
    /// The texts by code; the dictionary is empty afterwards.
    std::vector<std::string> release_levels();

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> codes_;
};

/// Cell texts that mean "missing": empty, blank, or one of a list, with or without spaces around.
class MissingTexts {
public:
    explicit MissingTexts(const std::vector<std::string>& texts);
    bool contains(std::string_view text) const;

private:
    std::vector<std::string> texts_;
    std::array<bool, 256> first_bytes_{};  ///< most cells are told apart by their first byte
};

/// Cells [first, last) of a batch, of which the first is row `row` of the source (1 is its first).
struct RowRange {
    std::size_t first = 0, last = 0, row = 1;
};

/// One column while it is read. The kind of a text column is told from all its values, but the values are stored at once, as what the first
/// ones look like. If a later value shows that this was wrong, storing stops, and the rows have to be read once more.
class ColumnCollector {
public:
    /// `kind`: declared, or known from an earlier reading; nothing: told from the values.
    ColumnCollector(SourceColumn source, std::optional<ColumnKind> kind, bool stores);
    /// Error: invalid; says row, column and value.
    Status append(const RowBatch::Cells& cells, RowRange range, const MissingTexts& missing);
    ColumnKind kind() const;
    const std::string& name() const { return source_.name; }
    /// Every value so far is stored as kind() says.
    bool is_complete() const { return stores_; }
    /// To read again, now with the kind known; kept as it is, and deaf to more rows, if it is complete.
    void restart();
    /// The stored values as a column; the collector is empty afterwards, its kind stays. Error: invalid, for an infinite number.
    Result<Column> release();

private:
    Status append_text(std::string_view text, std::size_t row, const MissingTexts& missing);
    Status append_typed(const RowBatch::Cells& cells, std::size_t i, std::size_t row);
    Status store_known(std::string_view text, std::size_t row);
    void store_told(std::string_view text, std::size_t row);
    void store_missing();
    void choose(const RowBatch::Cells& cells, RowRange range, const MissingTexts& missing);
    void tell(std::string_view text, std::size_t row);
    void stop_storing();
    tl::unexpected<Error> misfit(std::string_view text, std::size_t row, std::string_view what) const;

    SourceColumn source_;
    std::optional<ColumnKind> kind_;
    bool stores_, deaf_ = false;
    std::optional<ColumnKind> stored_;  ///< nothing: only missing values so far, pending_missing_ of them
    std::size_t pending_missing_ = 0;
    bool any_present_ = false, may_be_number_ = true, may_be_time_ = true;
    std::optional<double> told_number_;  ///< of the text last told
    std::optional<EventTime> told_time_;
    std::optional<Error> infinite_;  ///< the first infinite number
    Numbers numbers_;
    Times times_;
    std::vector<std::int32_t> codes_;
    Dictionary dictionary_;
};

}  // namespace quoin
