// Records of delimited text.

#include <algorithm>
#include <boost/json.hpp>

#include "base/json.h"
#include "events/sources/reading_plan.h"
#include "table/delimited.h"
#include "table/value_text.h"

namespace quoin {
namespace {

namespace json = boost::json;
using Outcome = DelimitedRecord::Outcome;

constexpr std::size_t items_max = 10'000, columns_max = 4096;
constexpr std::string_view item_name = "item", item_number_name = "item_number";

class DelimitedRows final : public SourceRecord {
public:
    DelimitedRows(const SourceReader::Plan& plan, SourceText text, const SourceReader::Visit& visit)
        : plan_(plan), text_(std::move(text)), visit_(visit), cells_(plan.columns.size()), plain_(plan.columns.size()) {
        cells = cells_;
    }

    Status read() {
        TRY(has_header, next());
        if (!has_header) return fail(ErrorKind::invalid, "the document is empty: there is not even a header line");
        TRY_VOID(read_header());
        for (;;) {
            TRY(has_row, next());
            if (!has_row) return {};
            if (++number > plan_.records_max) return too_many_records(plan_);
            if (number > static_cast<std::size_t>(plan_.terms.skip)) {
                TRY(goes_on, visit_row());
                if (!goes_on) return {};
            }
            text_.use(bytes_);
        }
    }
    std::string raw() const override { return std::string(text_.rest().substr(0, std::min(bytes_, raw_bytes_max))); }

private:
    /// Finds the next record that is not blank; false at the end. A quotation mark that is never closed spoils its line only.
    Result<bool> next() {
        for (;;) {
            if (text_.rest().empty() && text_.whole()) return false;
            auto record = find_record(text_.rest(), text_.whole(), plan_.terms.delimiter, values_);
            bool is_cut = text_.rest().empty() || record.outcome == Outcome::cut;
            if (is_cut && !text_.whole()) {
                TRY_VOID(text_.refill());
                continue;
            }
            if (record.outcome != Outcome::found) return broken(record.outcome);
            bytes_ = record.bytes;
            problem.clear();
            bool is_blank = values_.size() == 1 && !values_[0].quoted && values_[0].first == values_[0].last;
            if (!is_blank) return true;
            text_.use(bytes_);
        }
    }

    Result<bool> broken(Outcome outcome) {
        auto rest = text_.rest();
        bytes_ = std::min(rest.find('\n'), rest.size() - 1) + 1;
        problem = outcome == Outcome::open_quote ? "a quotation mark is never closed" : "a column goes on after its closing quotation mark";
        return true;
    }

    std::string plain(const DelimitedValue& value) const {
        std::string out;
        for (auto i = value.first; i < value.last; ++i) {
            out += text_.rest()[i];
            if (value.has_doubled_quotes && text_.rest()[i] == '"') ++i;
        }
        return out;
    }

    Status read_header() {
        if (!problem.empty()) return fail(ErrorKind::invalid, "the header line cannot be read: {}", problem);
        if (values_.size() > columns_max) return fail(ErrorKind::too_large, "{} columns; {} are allowed", values_.size(), columns_max);
        std::vector<std::string> names;
        for (const auto& value : values_) names.emplace_back(without_outer_spaces(plain(value)));
        width_ = names.size();
        auto place_of = [&](std::string_view column) -> Result<std::size_t> {
            auto found = std::ranges::find(names, column);
            if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
            auto shown = std::span(names).first(std::min<std::size_t>(names.size(), 20));
            return fail(ErrorKind::invalid, "there is no column '{}'; the header has {}", column, fmt::join(shown, ", "));
        };
        bool has_items = !plan_.terms.each_item.empty();
        if (has_items) {
            TRY(place, place_of(plan_.terms.each_item));
            items_place_ = place;
        }
        for (const auto& column : plan_.columns) {
            if (has_items && (column == item_name || column == item_number_name)) {
                places_.push_back(column == item_name ? item_place : item_number_place);
                continue;
            }
            TRY(place, place_of(column));
            places_.push_back(place);
        }
        text_.use(bytes_);
        return {};
    }

    Result<bool> visit_row() {
        std::ranges::fill(cells_, SourceCell{});
        auto record = text_.rest().substr(0, bytes_);
        if (problem.empty() && values_.size() != width_)
            problem = fmt::format("{} columns where the header has {}", values_.size(), width_);
        if (problem.empty())
            if (auto good = utf8_length(record); good < record.size()) problem = fmt::format("byte {} is no UTF-8", good);
        if (!problem.empty()) return visit_(*this);
        for (std::size_t i = 0; i < places_.size(); ++i)
            if (places_[i] < width_) set_text(i, values_[places_[i]]);
        return plan_.terms.each_item.empty() ? visit_(*this) : visit_items();
    }

    void set_text(std::size_t cell, const DelimitedValue& value) {
        auto text = text_.rest().substr(value.first, value.last - value.first);
        if (value.has_doubled_quotes) text = plain_[cell] = plain(value);
        cells_[cell] = {SourceCell::Kind::text, text, 0};
    }

    Result<bool> visit_items() {
        auto list = parse_json(plain(values_[items_place_]));
        const auto* items = list ? list->if_array() : nullptr;
        if (items == nullptr || items->size() > items_max) {
            problem = fmt::format("'{}' is no JSON list of at most {} items", plan_.terms.each_item, items_max);
            return visit_(*this);
        }
        for (std::size_t i = 0; i < items->size(); ++i) {
            for (std::size_t j = 0; j < places_.size(); ++j) {
                if (places_[j] == item_number_place) cells_[j] = {SourceCell::Kind::number, {}, static_cast<double>(i)};
                if (places_[j] == item_place) cells_[j] = item_cell((*items)[i]);
            }
            TRY(goes_on, visit_(*this));
            if (!goes_on) return false;
        }
        return true;
    }

    static SourceCell item_cell(const json::value& item) {
        if (item.is_null()) return {};
        if (item.is_number()) return {SourceCell::Kind::number, {}, item.to_number<double>()};
        if (item.is_string()) return {SourceCell::Kind::text, item.get_string(), 0};
        return {SourceCell::Kind::nested, {}, 0};
    }

    static constexpr std::size_t item_place = columns_max + 1, item_number_place = columns_max + 2;

    const SourceReader::Plan& plan_;
    SourceText text_;
    const SourceReader::Visit& visit_;
    std::vector<DelimitedValue> values_;  ///< of the record in progress
    std::size_t bytes_ = 0, width_ = 0, items_place_ = 0;
    std::vector<std::size_t> places_;  ///< of each declared column in the record
    std::vector<SourceCell> cells_;
    std::vector<std::string> plain_;  ///< values that had doubled quotation marks
};

}  // namespace

Status read_delimited_records(const SourceReader::Plan& plan, SourceText text, const SourceReader::Visit& visit) {
    return DelimitedRows(plan, std::move(text), visit).read();
}

}  // namespace quoin
