#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "events/sources/source_declaration.h"

namespace quoin {

/// One value as a record has it, before it is read as what the declaration says. Texts point into the document.
struct SourceCell {
    enum class Kind : std::uint8_t { missing, text, number, truth, nested } kind = Kind::missing;
    std::string_view text;  ///< of a number: its digits, if a double might lose some
    double number = 0;      ///< of truth: 0 or 1
};

/// One record on its way from a document to an event. Valid during the visit.
class SourceRecord {
public:
    virtual ~SourceRecord() = default;
    std::span<const SourceCell> cells;  ///< one for each value of the declaration that has a path, in order
    std::size_t number = 0;             ///< in its document, from 1
    std::string problem;                ///< why it could not be read; empty: it could
    /// The record as it came, at most 64 KiB of it: JSON, or a line.
    virtual std::string raw() const = 0;
};

/// Cuts documents of a source into records: JSON as a whole, NDJSON and CSV line by line with bounded memory. Immutable; thread-safe.
class SourceReader {
public:
    /// Error: invalid, with file and line of the path that is none.
    static Result<SourceReader> make(const SourceDeclaration& source);
    ~SourceReader();
    SourceReader(SourceReader&&) noexcept;
    SourceReader& operator=(SourceReader&&) noexcept;

    /// Answers whether to go on.
    using Visit = std::function<Result<bool>(const SourceRecord&)>;
    /// What a request brought; gzip is unpacked. A record that is damaged by itself (a line that is no JSON, or has too few columns) is
    /// visited with its problem. Error: invalid (the document as a whole is not what was declared), too_large (bytes_max, records_max),
    /// corrupt (gzip); or of `visit`. What was visited before an error stays visited.
    Status read_text(std::string_view document, const Visit& visit) const;
    /// The same of a file, plain or gzip. Error also: not_found, unavailable.
    Status read_file(const std::filesystem::path& file, const Visit& visit) const;

    struct Plan;

private:
    explicit SourceReader(std::unique_ptr<const Plan> plan);
    std::unique_ptr<const Plan> plan_;
};

}  // namespace quoin
