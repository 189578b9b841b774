// Records of JSON documents and of NDJSON.

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"
#include "events/sources/reading_plan.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr double exact_whole_max = 9007199254740992;  // 2^53
constexpr std::size_t line_bytes_max = 1u << 20;

class JsonRecord final : public SourceRecord {
public:
    explicit JsonRecord(const SourceReader::Plan& plan) : plan_(plan), values_(plan.paths.size()), digits_(plan.paths.size()) {
        cells = values_;
    }

    /// `way` leads to the record, which stays while it is used.
    void set(std::span<const JsonStep> way, std::size_t record_number) {
        record_ = way.back().value;
        number = record_number;
        problem.clear();
        for (std::size_t i = 0; i < values_.size(); ++i) {
            auto found = plan_.paths[i].find(way);
            if (found.key != nullptr) values_[i] = of_key(*found.key, digits_[i]);
            else values_[i] = found.value == nullptr ? SourceCell{} : cell(*found.value, digits_[i]);
        }
    }
    void set_problem(std::string_view line, std::size_t record_number, std::string what) {
        record_ = nullptr;
        line_ = line;
        number = record_number;
        problem = std::move(what);
        std::ranges::fill(values_, SourceCell{});
    }
    std::string raw() const override {
        auto text = record_ == nullptr ? std::string(line_.substr(0, raw_bytes_max)) : json_text(*record_);
        if (text.size() > raw_bytes_max) text.resize(raw_bytes_max);
        return text;
    }

private:
    static SourceCell cell(const json::value& value, std::string& digits) {
        switch (value.kind()) {
            case json::kind::null: return {};
            case json::kind::bool_: return {SourceCell::Kind::truth, {}, value.get_bool() ? 1.0 : 0.0};
            case json::kind::string: return {SourceCell::Kind::text, value.get_string(), 0};
            case json::kind::double_: return {SourceCell::Kind::number, {}, value.get_double()};
            case json::kind::int64:
            case json::kind::uint64: break;
            default: return {SourceCell::Kind::nested, {}, 0};
        }
        auto number = value.to_number<double>();
        digits.clear();
        if (std::abs(number) >= exact_whole_max)
            digits = value.is_int64() ? fmt::to_string(value.get_int64()) : fmt::to_string(value.get_uint64());
        return {SourceCell::Kind::number, digits, number};
    }
    static SourceCell of_key(const JsonStep& step, std::string&) {
        if (step.key.data() != nullptr) return {SourceCell::Kind::text, step.key, 0};
        return {SourceCell::Kind::number, {}, static_cast<double>(step.number)};
    }

    const SourceReader::Plan& plan_;
    std::vector<SourceCell> values_;
    std::vector<std::string> digits_;
    const json::value* record_ = nullptr;
    std::string_view line_;
};

/// The start of a document that is not what was expected, for the error.
std::string shown_start(std::string_view text) {
    std::string shown;
    for (char c : text.substr(0, 80)) shown += static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e ? ' ' : c;
    return shown;
}

}  // namespace

Status read_json_document(const SourceReader::Plan& plan, std::string_view text, const SourceReader::Visit& visit) {
    auto document = parse_json(text, {.bytes_max = plan.bytes_max});
    if (!document) return fail(ErrorKind::invalid, "{}; it starts with '{}'", document.error().message, shown_start(text));
    JsonRecord record(plan);
    std::size_t number = 0;
    auto status = plan.records.visit(*document, [&](std::span<const JsonStep> way) -> Result<bool> {
        if (++number <= static_cast<std::size_t>(plan.terms.skip)) return true;
        if (number > plan.records_max) return too_many_records(plan);
        record.set(way, number);
        return visit(record);
    });
    if (!status && number == 0) status.error().message += fmt::format("; it starts with '{}'", shown_start(text));
    return status;
}

Status read_json_lines(const SourceReader::Plan& plan, SourceText text, const SourceReader::Visit& visit) {
    JsonRecord record(plan);
    std::size_t number = 0;
    while (true) {
        auto end = text.rest().find('\n');
        if (end == std::string_view::npos && !text.whole()) {
            TRY_VOID(text.refill());
            continue;
        }
        if (text.rest().empty()) return {};
        auto bytes = std::min(end, text.rest().size());
        auto line = text.rest().substr(0, bytes);
        bool is_blank = line.find_first_not_of(" \t\r") == std::string_view::npos;
        if (!is_blank && ++number > plan.records_max) return too_many_records(plan);
        if (!is_blank && number > static_cast<std::size_t>(plan.terms.skip)) {
            auto value = parse_json(line, {.bytes_max = line_bytes_max});
            JsonStep root{value ? &*value : nullptr, {}, 0};
            if (value) record.set({&root, 1}, number);
            else record.set_problem(line, number, value.error().message);
            TRY(goes_on, visit(record));
            if (!goes_on) return {};
        }
        text.use(std::min(bytes + 1, text.rest().size()));
    }
}

}  // namespace quoin
