#pragma once

#include <string>
#include <vector>

#include "events/sources/json_path.h"
#include "events/sources/source_reader.h"
#include "table/text_window.h"

namespace quoin {

/// What a SourceReader knows of its source.
struct SourceReader::Plan {
    RecordTerms terms;
    std::size_t bytes_max = 0, records_max = 0;
    RecordPath records;                ///< json
    std::vector<ValuePath> paths;      ///< json and ndjson
    std::vector<std::string> columns;  ///< csv
};

/// A text that is in memory as a whole, or a window over a file; either way used from front to back.
class SourceText {
public:
    explicit SourceText(std::string_view whole) : memory_(whole) {}
    explicit SourceText(TextWindow window) : window_(std::move(window)) {}
    std::string_view rest() const { return window_ ? window_->rest() : memory_; }
    bool whole() const { return !window_ || window_->whole(); }
    void use(std::size_t count) {
        if (window_) window_->use(count);
        else memory_.remove_prefix(count);
    }
    Status refill() { return window_ ? window_->refill() : Status{}; }

private:
    std::string_view memory_;
    std::optional<TextWindow> window_;
};

constexpr std::size_t raw_bytes_max = 64u << 10;  ///< of a record that is kept because it could not be used

Status read_json_document(const SourceReader::Plan& plan, std::string_view text, const SourceReader::Visit& visit);
Status read_json_lines(const SourceReader::Plan& plan, SourceText text, const SourceReader::Visit& visit);
Status read_delimited_records(const SourceReader::Plan& plan, SourceText text, const SourceReader::Visit& visit);

/// The error of a document with more records than it may have.
tl::unexpected<Error> too_many_records(const SourceReader::Plan& plan);

}  // namespace quoin
