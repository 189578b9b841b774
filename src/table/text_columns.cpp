#include "table/text_columns.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace quoin {
namespace {

constexpr double missing_number = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t value_bytes_max = 64;  ///< no number or time is longer

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// "007" names something; 7 would not be the same name.
bool has_leading_zero(std::string_view text) { return text.size() > 1 && text.front() == '0' && all_digits(text); }

/// 1,234,567.8 without its commas; nothing if commas stand elsewhere.
std::optional<std::string> without_thousands(std::string_view text) {
    auto whole = text.substr(0, text.find_first_of(".eE"));
    std::string plain;
    std::size_t since = 0;
    bool first = true;
    for (char c : whole) {
        if (c == ',') {
            if (since == 0 || since > 3 || (!first && since != 3)) return std::nullopt;
            first = false;
            since = 0;
            continue;
        }
        if (c >= '0' && c <= '9') ++since;
        plain += c;
    }
    if (!first && since != 3) return std::nullopt;
    return plain + std::string(text.substr(whole.size()));
}

std::optional<EventTime> parse_plausible_time(std::string_view text) {
    if (text.size() < 8 || text.size() > value_bytes_max) return std::nullopt;
    if (all_digits(text)) {
        if (text.size() != 8) return std::nullopt;
        int year = (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
        if (year < 1800 || year > 2200) return std::nullopt;
    }
    auto time = parse_time(text);
    return time ? std::optional(*time) : std::nullopt;
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
    text = trimmed(text);
    if (text.empty() || text.size() > value_bytes_max) return std::nullopt;
    if (text == "true" || text == "True" || text == "TRUE") return 1;
    if (text == "false" || text == "False" || text == "FALSE") return 0;
    bool negative = text.front() == '-';
    if (negative || text.front() == '+') text.remove_prefix(1);
    if (text.starts_with("$")) text.remove_prefix(1);
    if (text.empty() || !((text.front() >= '0' && text.front() <= '9') || text.front() == '.')) {
        if (text == "inf" || text == "Inf" || text == "INF" || text == "infinity" || text == "Infinity")
            return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
        return std::nullopt;
    }
    std::string plain;
    if (text.find(',') != std::string_view::npos) {
        auto joined = without_thousands(text);
        if (!joined) return std::nullopt;
        plain = std::move(*joined);
        text = plain;
    }
    double value = 0;
    auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end != text.data() + text.size()) return std::nullopt;
    if (code == std::errc::result_out_of_range) value = text.find_first_of("eE") != std::string_view::npos && text.find("e-") != std::string_view::npos ? 0 : std::numeric_limits<double>::infinity();
    return negative ? -value : value;
}

TextColumns::TextColumns(std::string where, const ReadOptions& options)
    : where_(std::move(where)), options_(options), missing_(options.missing_texts.begin(), options.missing_texts.end()) {}

Status TextColumns::append(const TextRows& rows) {
    if (columns_.empty()) {
        if (rows.names.size() > options_.columns_max)
            return fail(ErrorKind::too_large, "{} has {} columns; the limit is {}", where_, rows.names.size(), options_.columns_max);
        for (const auto& name : rows.names) {
            columns_.push_back({name, {}, {}});
        }
    }
    if (first_row_ + rows_ + rows.rows > options_.rows_max) return fail(ErrorKind::too_large, "{} has more than {} rows", where_, options_.rows_max);
    for (std::size_t j = 0; j < columns_.size() && rows.rows > 0; ++j) {
        auto& column = columns_[j];
        for (const auto& value : rows.columns[j]) {
            if (!value || value->empty() || missing_.contains(std::string(*value))) {
                column.categories.codes.push_back(Categories::missing);
                continue;
            }
            auto [known, added] = column.codes.emplace(std::string(*value), static_cast<std::int32_t>(column.categories.levels.size()));
            if (added) column.categories.levels.emplace_back(*value);
            column.categories.codes.push_back(known->second);
        }
    }
    rows_ += rows.rows;
    return {};
}

std::vector<ColumnSpec> TextColumns::specs() const {
    std::vector<ColumnSpec> specs;
    for (const auto& column : columns_) {
        auto declared = std::ranges::find(options_.columns, column.name, &ColumnSpec::name);
        if (declared != options_.columns.end()) {
            specs.push_back(*declared);
            continue;
        }
        const auto& levels = column.categories.levels;
        auto kind = ColumnKind::category;
        if (std::ranges::all_of(levels, [](const auto& text) { return parse_plausible_time(text).has_value(); }) && !levels.empty()) {
            kind = ColumnKind::time;
        } else if (std::ranges::all_of(levels, [](const auto& text) { return parse_number(text).has_value() && !has_leading_zero(text); })) {
            kind = ColumnKind::number;
        }
        specs.push_back({column.name, kind});
    }
    return specs;
}

std::size_t TextColumns::row_of(const TextColumn& column, std::int32_t code) const {
    auto found = std::ranges::find(column.categories.codes, code);
    return first_row_ + static_cast<std::size_t>(found - column.categories.codes.begin()) + 1;
}

tl::unexpected<Error> TextColumns::misfit(const TextColumn& column, std::int32_t code, ColumnKind kind) const {
    const auto& text = column.categories.levels[static_cast<std::size_t>(code)];
    return fail_field(ErrorKind::invalid, column.name, "{}, row {}, column '{}': '{}' is no {}", where_, row_of(column, code), column.name, text.substr(0, 60),
                      name_of(kind));
}

Result<Column> TextColumns::typed(const TextColumn& column, ColumnKind kind) const {
    const auto& [codes, levels] = column.categories;
    if (kind == ColumnKind::category) return Column{column.name, column.categories};
    if (kind == ColumnKind::time) {
        std::vector<EventTime> parsed;
        for (std::size_t k = 0; k < levels.size(); ++k) {
            auto time = parse_plausible_time(levels[k]);
            if (!time) return misfit(column, static_cast<std::int32_t>(k), kind);
            parsed.push_back(*time);
        }
        Times times;
        for (auto code : codes) times.push_back(code < 0 ? EventTime::missing() : parsed[static_cast<std::size_t>(code)]);
        return Column{column.name, std::move(times)};
    }
    std::vector<double> parsed;
    for (std::size_t k = 0; k < levels.size(); ++k) {
        auto number = parse_number(levels[k]);
        if (!number) return misfit(column, static_cast<std::int32_t>(k), kind);
        if (std::isinf(*number))
            return fail_field(ErrorKind::invalid, column.name, "{}, row {}, column '{}': '{}' is infinite or too large for a number", where_,
                              row_of(column, static_cast<std::int32_t>(k)), column.name, levels[k].substr(0, 60));
        parsed.push_back(*number);
    }
    Numbers numbers;
    numbers.reserve(codes.size());
    for (auto code : codes) numbers.push_back(code < 0 ? missing_number : parsed[static_cast<std::size_t>(code)]);
    return Column{column.name, std::move(numbers)};
}

Result<Table> TextColumns::table(const std::vector<ColumnSpec>& specs) const {
    std::vector<Column> columns;
    for (std::size_t j = 0; j < columns_.size(); ++j) {
        TRY(column, typed(columns_[j], specs[j].kind));
        columns.push_back(std::move(column));
    }
    for (const auto& declared : options_.columns)
        if (declared.required && std::ranges::find(columns_, declared.name, &TextColumn::name) == columns_.end())
            return fail_field(ErrorKind::invalid, declared.name, "{} has no column '{}'", where_, declared.name);
    return Table::make(std::move(columns));
}

void TextColumns::clear() {
    first_row_ += rows_;
    rows_ = 0;
    for (auto& column : columns_) {
        column.categories = {};
        column.codes.clear();
    }
}

}  // namespace quoin
