#include "table/table_collector.h"

#include <algorithm>
#include <cmath>

#include "table/value_text.h"

namespace quoin {
namespace {

constexpr double missing_number = std::numeric_limits<double>::quiet_NaN();

/// Times that a Parquet file calls infinite stand at the ends of the range.
bool is_infinite(EventTime time) {
    auto last = std::numeric_limits<std::int64_t>::max();
    return time.value() == last || time.value() == -last;
}

}  // namespace

std::int32_t Dictionary::code_of(std::string_view text) {
    if (auto known = codes_.find(text); known != codes_.end()) return known->second;
    auto code = static_cast<std::int32_t>(codes_.size());
    codes_.emplace(text, code);
    return code;
}

std::vector<std::string> Dictionary::release_levels() {
    std::vector<std::string> levels(codes_.size());
    while (!codes_.empty()) {
        auto entry = codes_.extract(codes_.begin());
        levels[static_cast<std::size_t>(entry.mapped())] = std::move(entry.key());
    }
    return levels;
}

MissingTexts::MissingTexts(const std::vector<std::string>& texts) {
    for (const auto& text : texts) {
        texts_.emplace_back(without_outer_spaces(text));
        if (!texts_.back().empty()) first_bytes_[static_cast<unsigned char>(texts_.back().front())] = true;
    }
}

bool MissingTexts::contains(std::string_view text) const {
    text = without_outer_spaces(text);
    if (text.empty()) return true;
    return first_bytes_[static_cast<unsigned char>(text.front())] && std::ranges::find(texts_, text) != texts_.end();
}

ColumnCollector::ColumnCollector(SourceColumn source, std::optional<ColumnKind> kind, bool stores)
    : source_(std::move(source)), kind_(kind), stores_(stores) {
    if (!kind_ && source_.kind != ColumnKind::category) kind_ = source_.kind;
    stored_ = kind_;
}

ColumnKind ColumnCollector::kind() const {
    if (kind_) return *kind_;
    if (any_present_ && may_be_time_) return ColumnKind::time;
    return may_be_number_ ? ColumnKind::number : ColumnKind::category;
}

Status ColumnCollector::append(const RowBatch::Cells& cells, RowRange range, const MissingTexts& missing) {
    auto [first, last, row] = range;
    if (deaf_ || (kind_ && !stores_)) return {};
    if (source_.kind != ColumnKind::category) {
        for (auto i = first; i < last; ++i, ++row) TRY_VOID(append_typed(cells, i, row));
        return {};
    }
    if (stores_ && !stored_) choose(cells, range, missing);
    for (auto i = first; i < last; ++i, ++row) TRY_VOID(append_text(cells.texts[i], row, missing));
    return {};
}

/// What to store the column as, told from the first cells that are not all missing.
void ColumnCollector::choose(const RowBatch::Cells& cells, RowRange range, const MissingTexts& missing) {
    auto known_infinite = infinite_;
    for (auto i = range.first; i < range.last; ++i)
        if (!missing.contains(cells.texts[i])) tell(cells.texts[i], 0);
    infinite_ = known_infinite;  // the cells are told again when they are stored, then with their rows
    if (!any_present_) return;
    stored_ = kind();
    for (; pending_missing_ > 0; --pending_missing_) store_missing();
}

Status ColumnCollector::append_text(std::string_view text, std::size_t row, const MissingTexts& missing) {
    if (missing.contains(text)) {
        if (stores_) store_missing();
        return {};
    }
    if (kind_) return store_known(text, row);
    store_told(text, row);
    return {};
}

Status ColumnCollector::append_typed(const RowBatch::Cells& cells, std::size_t i, std::size_t row) {
    bool is_number = source_.kind == ColumnKind::number;
    if (is_number ? std::isnan(cells.numbers[i]) : cells.times[i].is_missing()) {
        store_missing();
        return {};
    }
    bool infinite = is_number ? std::isinf(cells.numbers[i]) : is_infinite(cells.times[i]);
    if (infinite) return misfit(is_number ? number_text(cells.numbers[i]) : "infinity", row, "is infinite");
    if (*kind_ != source_.kind) return store_known(is_number ? number_text(cells.numbers[i]) : time_text(cells.times[i]), row);
    if (is_number) {
        numbers_.push_back(cells.numbers[i]);
    } else {
        times_.push_back(cells.times[i]);
    }
    return {};
}

/// A present value of a column whose kind is fixed.
Status ColumnCollector::store_known(std::string_view text, std::size_t row) {
    if (*kind_ == ColumnKind::number) {
        auto number = parse_number(text);
        if (!number) return misfit(text, row, "is no number");
        if (std::isinf(*number)) return misfit(text, row, "is infinite or too large for a number");
        numbers_.push_back(*number);
    } else if (*kind_ == ColumnKind::time) {
        auto time = parse_time(without_outer_spaces(text));
        if (!time) return misfit(text, row, "is no time (write 2024-01-15 or 2024-01-15T10:30:00Z)");
        times_.push_back(*time);
    } else {
        codes_.push_back(dictionary_.code_of(text));
    }
    return {};
}

/// A present value of a column whose kind is still told from its values.
void ColumnCollector::store_told(std::string_view text, std::size_t row) {
    tell(text, row);
    if (!stores_) return;
    if (*stored_ != kind()) return stop_storing();
    switch (*stored_) {
        case ColumnKind::number: numbers_.push_back(*told_number_); break;
        case ColumnKind::time: times_.push_back(*told_time_); break;
        case ColumnKind::category: codes_.push_back(dictionary_.code_of(text)); break;
    }
}

void ColumnCollector::tell(std::string_view text, std::size_t row) {
    any_present_ = true;
    if (may_be_time_) {
        told_time_ = parse_plausible_time(without_outer_spaces(text));
        may_be_time_ = told_time_.has_value();
    }
    if (!may_be_number_) return;
    told_number_ = parse_number(text);
    may_be_number_ = told_number_ && number_keeps_text(text, *told_number_);
    if (may_be_number_ && std::isinf(*told_number_) && !infinite_)
        infinite_ = misfit(text, row, "is infinite or too large for a number").value();
}

void ColumnCollector::store_missing() {
    if (!stores_) return;
    if (!stored_) {
        ++pending_missing_;
        return;
    }
    switch (*stored_) {
        case ColumnKind::number: numbers_.push_back(missing_number); break;
        case ColumnKind::time: times_.push_back(EventTime::missing()); break;
        case ColumnKind::category: codes_.push_back(Categories::missing); break;
    }
}

void ColumnCollector::stop_storing() {
    stores_ = false;
    numbers_ = {};
    times_ = {};
    codes_ = {};
    (void)dictionary_.release_levels();
}

void ColumnCollector::restart() {
    if (stores_) {
        deaf_ = true;
        return;
    }
    kind_ = stored_ = kind();
    stores_ = true;
}

Result<Column> ColumnCollector::release() {
    Column column{source_.name, {}};
    if (kind() == ColumnKind::number && infinite_) return tl::unexpected(*infinite_);
    if (!stored_) numbers_.assign(pending_missing_, missing_number);
    pending_missing_ = 0;
    switch (kind()) {
        case ColumnKind::number: column.values = std::exchange(numbers_, {}); break;
        case ColumnKind::time: column.values = std::exchange(times_, {}); break;
        case ColumnKind::category: column.values = Categories{std::exchange(codes_, {}), dictionary_.release_levels()}; break;
    }
    return column;
}

tl::unexpected<Error> ColumnCollector::misfit(std::string_view text, std::size_t row, std::string_view what) const {
    constexpr std::size_t shown_bytes_max = 60;
    auto shown = text.substr(0, utf8_length(text.substr(0, shown_bytes_max)));  // never half a character
    return fail_field(ErrorKind::invalid, source_.name, "row {}, column '{}': '{}{}' {}", row, source_.name, shown,
                      shown.size() < text.size() ? "…" : "", what);
}

}  // namespace quoin
