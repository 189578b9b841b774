#include "events/sources/source_reader.h"

#include <algorithm>
#include <cstring>
#include <fstream>

#include "events/sources/reading_plan.h"
#include "table/gzip.h"

namespace quoin {
namespace {

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

tl::unexpected<Error> too_large(std::size_t bytes_max) {
    return fail(ErrorKind::too_large, "the document has more than {} bytes; raise 'bytes' in 'limits'", bytes_max);
}

Result<std::string> unpacked(std::string_view packed, std::size_t bytes_max) {
    GzipReader reader([packed](std::span<char> into) mutable -> Result<std::size_t> {
        auto count = std::min(into.size(), packed.size());
        std::memcpy(into.data(), packed.data(), count);
        packed.remove_prefix(count);
        return count;
    });
    std::string text;
    for (std::vector<char> piece(64u << 10);;) {
        TRY(count, reader.read(piece));
        if (count == 0) return text;
        if (text.size() + count > bytes_max) return too_large(bytes_max);
        text.append(piece.data(), count);
    }
}

Result<std::string> read_whole(const std::filesystem::path& file, std::size_t bytes_max) {
    std::error_code missing;
    if (!std::filesystem::exists(file, missing)) return fail(ErrorKind::not_found, "there is no file '{}'", file.string());
    std::ifstream stream(file, std::ios::binary);
    std::string text;
    std::vector<char> piece(64u << 10);
    while (stream.read(piece.data(), static_cast<std::streamsize>(piece.size())) || stream.gcount() > 0) {
        text.append(piece.data(), static_cast<std::size_t>(stream.gcount()));
        if (text.size() > bytes_max) return too_large(bytes_max);
    }
    if (!stream.eof()) return fail(ErrorKind::unavailable, "'{}' cannot be read", file.string());
    return text;
}

Status add_path(const SourceDeclaration& source, const SourceValue& value, SourceReader::Plan& plan) {
    if (source.records.format == RecordFormat::csv) {
        if (value.content.empty())
            return fail_field(ErrorKind::invalid, value.name, "{}, line {}: '{}' names no column", source.where, value.line, value.name);
        plan.columns.push_back(value.content);
        return {};
    }
    auto path = ValuePath::parse(value.content);
    if (!path) return fail_field(ErrorKind::invalid, value.name, "{}, line {}: {}", source.where, value.line, path.error().message);
    plan.paths.push_back(std::move(*path));
    return {};
}

}  // namespace

SourceReader::SourceReader(std::unique_ptr<const Plan> plan) : plan_(std::move(plan)) {}
SourceReader::~SourceReader() = default;
SourceReader::SourceReader(SourceReader&&) noexcept = default;
SourceReader& SourceReader::operator=(SourceReader&&) noexcept = default;

Result<SourceReader> SourceReader::make(const SourceDeclaration& source) {
    auto plan = std::make_unique<Plan>();
    plan->terms = source.records;
    plan->bytes_max = static_cast<std::size_t>(source.bytes_max);
    plan->records_max = static_cast<std::size_t>(source.records_max);
    auto records = RecordPath::parse(source.records.at.text);
    if (!records)
        return fail_field(ErrorKind::invalid, "at", "{}, line {}: {}", source.where, source.records.at.line, records.error().message);
    plan->records = std::move(*records);
    for (const auto& value : source.values)
        if (value.from == SourceValue::From::path) TRY_VOID(add_path(source, value, *plan));
    return SourceReader(std::move(plan));
}

Status SourceReader::read_text(std::string_view document, const Visit& visit) const {
    std::string plain;
    if (is_gzip(document)) {
        TRY(text, unpacked(document, plan_->bytes_max));
        plain = std::move(text);
        document = plain;
    }
    if (document.size() > plan_->bytes_max) return too_large(plan_->bytes_max);
    if (document.starts_with("\xEF\xBB\xBF")) document.remove_prefix(3);
    switch (plan_->terms.format) {
        case RecordFormat::json: return read_json_document(*plan_, document, visit);
        case RecordFormat::ndjson: return read_json_lines(*plan_, SourceText(document), visit);
        case RecordFormat::csv: break;
    }
    return read_delimited_records(*plan_, SourceText(document), visit);
}

Status SourceReader::read_file(const std::filesystem::path& file, const Visit& visit) const {
    if (plan_->terms.format == RecordFormat::json) {
        TRY(text, read_whole(file, plan_->bytes_max));
        return read_text(text, visit);
    }
    TRY(window, TextWindow::open(file));
    bool is_csv = plan_->terms.format == RecordFormat::csv;
    return is_csv ? read_delimited_records(*plan_, SourceText(std::move(window)), visit)
                  : read_json_lines(*plan_, SourceText(std::move(window)), visit);
}

tl::unexpected<Error> too_many_records(const SourceReader::Plan& plan) {
    return fail(ErrorKind::too_large, "the document has more than {} records; raise 'records' in 'limits'", plan.records_max);
}

}  // namespace quoin
