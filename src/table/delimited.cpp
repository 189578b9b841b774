#include "table/delimited.h"

#include <algorithm>
#include <array>
#include <set>

#include "table/text_window.h"
#include "table/value_text.h"

namespace quoin {
namespace {

constexpr std::array delimiters = {',', ';', '\t', '|'};
constexpr std::size_t sample_bytes = 512u << 10, sample_records = 50;  ///< what the delimiter is told from
constexpr std::size_t batch_rows_max = 4096;

std::string delimiter_text(char delimiter) { return delimiter == '\t' ? "\\t" : std::string(1, delimiter); }

bool is_blank(const std::vector<DelimitedValue>& values) {
    return values.size() == 1 && !values[0].quoted && values[0].first == values[0].last;
}

std::string unquoted(std::string_view text, const DelimitedValue& value) {
    std::string plain;
    for (std::size_t i = value.first; i < value.last; ++i) {
        plain += text[i];
        if (value.has_doubled_quotes && text[i] == '"') ++i;
    }
    return plain;
}

/// How many columns a delimiter makes of the header, and whether the records after it have as many.
struct Division {
    std::size_t columns = 0;
    bool consistent = true;
};

Division divide(std::string_view sample, bool whole, char delimiter) {
    Division division;
    std::vector<DelimitedValue> values;
    for (std::size_t records = 0; records < sample_records && !sample.empty();) {
        auto record = find_record(sample, whole, delimiter, values);
        if (record.outcome != DelimitedRecord::Outcome::found) {
            division.consistent &= record.outcome == DelimitedRecord::Outcome::cut;
            break;
        }
        sample.remove_prefix(record.bytes);
        if (is_blank(values)) continue;
        if (records++ == 0) division.columns = values.size();
        division.consistent &= division.columns == values.size();
    }
    return division;
}

/// The delimiter that divides all records of the sample alike, else the one that divides the header most; comma if none does.
char likely_delimiter(std::string_view sample, bool whole) {
    char best = ',';
    Division most{1, false};
    for (char candidate : delimiters) {
        auto division = divide(sample, whole, candidate);
        if (division.columns < 2) continue;
        bool better = division.consistent == most.consistent ? division.columns > most.columns : division.consistent;
        if (!better) continue;
        best = candidate;
        most = division;
    }
    return best;
}

class DelimitedRows final : public RowSource {
public:
    DelimitedRows(const std::filesystem::path& path, const ReadOptions& options)
        : path_(path), where_(fmt::format("'{}'", path.string())), columns_max_(options.columns_max) {}

    Status read_header(std::optional<char> delimiter);
    const std::string& where() const override { return where_; }
    std::span<const SourceColumn> columns() const override { return columns_; }
    Status stream(const std::function<Status(const RowBatch&)>& consume) override;

private:
    Result<TextWindow> open_window() const;
    Result<bool> next_record(TextWindow& window, std::size_t row);
    Status check_names(char likely) const;
    Status add_row(TextWindow& window, std::size_t row, RowBatch& batch);
    tl::unexpected<Error> bad_text(std::string_view record, std::size_t row) const;
    tl::unexpected<Error> failure(std::size_t row, std::string_view what) const {
        if (row == 0) return fail(ErrorKind::invalid, "{}, header line: {}", where_, what);
        return fail(ErrorKind::invalid, "{}, row {}: {}", where_, row, what);
    }
    std::string column_name(std::size_t column) const {
        return column < columns_.size() ? columns_[column].name : fmt::to_string(column + 1);
    }

    std::filesystem::path path_;
    std::string where_;
    std::size_t columns_max_;
    char delimiter_ = ',';
    std::vector<SourceColumn> columns_;
    std::vector<DelimitedValue> values_;  ///< of the record that next_record found
    std::size_t record_bytes_ = 0;
};

Result<TextWindow> DelimitedRows::open_window() const { return TextWindow::open(path_); }

/// Finds the record at the window's start without reading more: false if more has to be read first, or the file has ended.
Result<bool> DelimitedRows::next_record(TextWindow& window, std::size_t row) {
    using Outcome = DelimitedRecord::Outcome;
    if (window.rest().empty()) return false;
    auto record = find_record(window.rest(), window.whole(), delimiter_, values_);
    switch (record.outcome) {
        case Outcome::found: record_bytes_ = record.bytes; return true;
        case Outcome::cut: return false;
        case Outcome::open_quote:
            return failure(row, fmt::format("the quotation mark that opens column '{}' is never closed", column_name(values_.size() - 1)));
        case Outcome::text_after_quote:
            return failure(row, fmt::format("column '{}' goes on after its closing quotation mark; inside a value, write \"\" for \"",
                                            column_name(values_.size() - 1)));
    }
    return false;
}

tl::unexpected<Error> DelimitedRows::bad_text(std::string_view record, std::size_t row) const {
    std::size_t column = 0;
    auto place = utf8_length(record);
    while (column + 1 < values_.size() && values_[column].last <= place) ++column;
    return failure(row, fmt::format("column '{}' is not UTF-8; convert the file first, for example with iconv -f ISO-8859-1 -t UTF-8",
                                    column_name(column)));
}

Status DelimitedRows::check_names(char likely) const {
    std::set<std::string_view> seen;
    for (const auto& column : columns_) {
        if (!seen.insert(column.name).second)
            return fail_field(ErrorKind::invalid, column.name, "{} has two columns named '{}'; rename one of them", where_, column.name);
    }
    if (columns_.size() == 1 && likely != delimiter_ && columns_[0].name.find(likely) != std::string::npos)
        return fail(ErrorKind::invalid, "{} has a single column when divided at '{}'; its header looks divided at '{}'", where_,
                    delimiter_text(delimiter_), delimiter_text(likely));
    return {};
}

Status DelimitedRows::read_header(std::optional<char> delimiter) {
    constexpr std::string_view no_delimiters("\"\r\n\0", 4);
    if (delimiter && no_delimiters.find(*delimiter) != std::string_view::npos)
        return fail(ErrorKind::invalid, "a quotation mark or line end cannot be the delimiter; use for example ',' or ';'");
    TRY(window, open_window());
    while (!window.whole() && window.rest().size() < sample_bytes) TRY_VOID(window.refill());
    auto text = window.rest();
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
        return fail(ErrorKind::invalid, "{} is UTF-16; save it as UTF-8", where_);
    text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
    if (text.empty()) return fail(ErrorKind::invalid, "{} is empty: there is not even a header line", where_);
    window.use(window.rest().size() - text.size());
    char likely = likely_delimiter(text, window.whole());
    delimiter_ = delimiter.value_or(likely);
    TRY(found, next_record(window, 0));
    if (!found) return fail(ErrorKind::too_large, "{}: its header line is longer than {} KiB", where_, sample_bytes >> 10);
    if (utf8_length(text.substr(0, record_bytes_)) < record_bytes_) return bad_text(text.substr(0, record_bytes_), 0);
    if (values_.size() > columns_max_)
        return fail(ErrorKind::too_large, "{} has {} columns; the limit is {}", where_, values_.size(), columns_max_);
    for (const auto& value : values_) {
        auto name = unquoted(text, value);
        auto plain = without_outer_spaces(name);
        columns_.push_back({plain.empty() ? fmt::format("column_{}", columns_.size() + 1) : std::string(plain)});
    }
    return check_names(likely);
}

/// The record's values as one more row of the batch; doubled quotation marks are made single where they stand.
Status DelimitedRows::add_row(TextWindow& window, std::size_t row, RowBatch& batch) {
    auto record = window.rest().substr(0, record_bytes_);
    if (utf8_length(record) < record.size()) return bad_text(record, row);
    if (values_.size() != columns_.size())
        return failure(row, fmt::format("{} value{} where the header names {} column{} (divided at '{}')", values_.size(),
                                        values_.size() == 1 ? "" : "s", columns_.size(), columns_.size() == 1 ? "" : "s",
                                        delimiter_text(delimiter_)));
    for (std::size_t j = 0; j < values_.size(); ++j) {
        auto [first, last, doubled, quoted] = values_[j];
        if (doubled) {
            char* to = window.data() + first;
            for (auto i = first; i < last; ++i) {
                *to++ = window.data()[i];
                if (window.data()[i] == '"') ++i;
            }
            last = static_cast<std::size_t>(to - window.data());
        }
        batch.columns[j].texts.emplace_back(window.data() + first, last - first);
    }
    ++batch.rows;
    return {};
}

Status DelimitedRows::stream(const std::function<Status(const RowBatch&)>& consume) {
    TRY(window, open_window());
    RowBatch batch;
    batch.columns.resize(columns_.size());
    std::size_t row = 0;  // 0 is the header
    auto deliver = [&]() -> Status {
        if (batch.rows == 0) return {};
        TRY_VOID(consume(batch));
        for (auto& cells : batch.columns) cells.texts.clear();
        batch.rows = 0;
        return {};
    };
    for (;;) {
        TRY(found, next_record(window, row));
        if (!found) {
            TRY_VOID(deliver());  // its texts lie in the window
            if (window.whole()) return {};
            if (auto refilled = window.refill(); !refilled) {
                if (refilled.error().kind != ErrorKind::too_large) return refilled;
                return fail(ErrorKind::too_large, "{}, row {} {}; is a quotation mark never closed?", where_, row,
                            refilled.error().message);
            }
            continue;
        }
        if (is_blank(values_) && (columns_.size() > 1 || row == 0)) {
            window.use(record_bytes_);
            continue;
        }
        if (row > 0) TRY_VOID(add_row(window, row, batch));
        ++row;
        window.use(record_bytes_);
        if (batch.rows == batch_rows_max) TRY_VOID(deliver());
    }
}

}  // namespace

DelimitedRecord find_record(std::string_view text, bool whole, char delimiter, std::vector<DelimitedValue>& values) {
    using Outcome = DelimitedRecord::Outcome;
    values.clear();
    std::size_t at = 0;
    for (;;) {
        auto& value = values.emplace_back();
        if (at < text.size() && text[at] == '"') {
            value.quoted = true;
            value.first = ++at;
            for (;; at += 2) {
                at = text.find('"', at);
                if (at == std::string_view::npos) return {whole ? Outcome::open_quote : Outcome::cut};
                if (at + 1 >= text.size() || text[at + 1] != '"') break;
                value.has_doubled_quotes = true;
            }
            value.last = at++;
            if (at < text.size() && text[at] != delimiter && text[at] != '\n' && text[at] != '\r') return {Outcome::text_after_quote};
        } else {
            value.first = at;
            while (at < text.size() && text[at] != delimiter && text[at] != '\n' && text[at] != '\r') ++at;
            value.last = at;
        }
        if (at == text.size()) return whole ? DelimitedRecord{Outcome::found, at} : DelimitedRecord{Outcome::cut};
        if (text[at] == delimiter) {
            ++at;
            continue;
        }
        if (text[at] == '\n') return {Outcome::found, at + 1};
        if (at + 1 == text.size() && !whole) return {Outcome::cut};
        return {Outcome::found, at + 1 < text.size() && text[at + 1] == '\n' ? at + 2 : at + 1};
    }
}

Result<std::unique_ptr<RowSource>> open_delimited(const std::filesystem::path& path, const ReadOptions& options) {
    auto rows = std::make_unique<DelimitedRows>(path, options);
    TRY_VOID(rows->read_header(options.delimiter));
    return std::unique_ptr<RowSource>(std::move(rows));
}

}  // namespace quoin
