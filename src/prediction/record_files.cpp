#include "prediction/record_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "base/digest.h"
#include "base/log.h"
#include "prediction/prediction_record.h"

namespace quoin {
namespace {

constexpr std::string_view extension = ".records";
constexpr std::uint64_t file_bytes_max = 128u << 20;
constexpr std::size_t file_blocks_max = 16384;  ///< a writer has their headers in memory, twice: 2.4 MB
constexpr std::int64_t day_us = 86'400'000'000;

/// "01795846565307333-3f9a2c.records": made at, and what tells two of one moment apart.
std::string new_name(EventTime now) { return fmt::format("{:017}-{}{}", now.value(), random_hex_id().substr(0, 6), extension); }

EventTime made_at(const std::filesystem::path& path) {
    auto name = path.filename().string();
    std::int64_t value = 0;
    std::from_chars(name.data(), name.data() + std::min<std::size_t>(name.size(), 17), value);
    return EventTime{value};
}

/// Gone meanwhile: another process keeps house too.
bool is_gone(const Error& error) { return error.kind == ErrorKind::not_found; }

/// The writer of a file that nobody writes to, or nothing.
std::unique_ptr<TimeBlockWriter> taken_over(const std::filesystem::path& path) {
    auto writer = TimeBlockWriter::go_on(path);
    if (writer) return std::move(*writer);
    if (writer.error().kind == ErrorKind::corrupt)
        log_event(LogLevel::error, "records_damaged", {{"file", path.string()}, {"reason", writer.error().message}});
    return nullptr;
}

}  // namespace

Result<std::vector<std::filesystem::path>> RecordFiles::list() const {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (std::filesystem::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error))
        if (at->path().extension() == extension) files.push_back(at->path());
    if (error && error != std::errc::no_such_file_or_directory)
        return fail(ErrorKind::unavailable, "the folder '{}' cannot be read: {}", folder_.string(), error.message());
    std::ranges::sort(files);
    return files;
}

bool RecordFiles::is_full(const TimeBlockWriter& writer, EventTime now) {
    return writer.bytes() >= file_bytes_max || writer.blocks().size() >= file_blocks_max ||
           now.value() - made_at(writer.path()).value() >= day_us;
}

Result<std::unique_ptr<TimeBlockWriter>> RecordFiles::writer(EventTime now) const {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) return fail(ErrorKind::unavailable, "the folder '{}' cannot be made: {}", folder_.string(), error.message());
    TRY(files, list());
    std::unique_ptr<TimeBlockWriter> found;
    for (auto file = files.rbegin(); file != files.rend(); ++file) {
        auto about = describe_time_blocks(*file);
        bool is_newest = file == files.rbegin();
        if (!about || (about->is_sealed && !is_newest)) continue;
        auto writer = taken_over(*file);
        if (!writer) continue;
        if (!found && is_newest && !is_full(*writer, now)) {
            found = std::move(writer);
        } else if (auto sealed = writer->seal(); !sealed) {
            return tl::unexpected(sealed.error());
        }
    }
    if (found) return found;
    return TimeBlockWriter::create(folder_ / new_name(now));
}

Result<RecordFiles::Dropped> RecordFiles::drop(const RecordRetention& keep, EventTime now) const {
    TRY(files, list());
    std::vector<TimeBlockFile> known;
    std::uint64_t bytes = 0;
    for (const auto& file : files) {
        auto about = describe_time_blocks(file);
        if (!about) continue;
        bytes += about->bytes;
        known.push_back(std::move(*about));
    }
    Dropped dropped;
    for (const auto& file : known) {
        auto last = file.items == 0 ? made_at(file.path) : file.times.last;
        bool is_old = keep.days > 0 && now.value() - last.value() > keep.days * day_us;
        bool is_too_much = keep.bytes > 0 && bytes > keep.bytes;
        if (!is_old && !is_too_much) continue;
        auto writer = taken_over(file.path);  // holds the file until it is gone, so that nobody else goes on with it
        std::error_code error;
        if (!writer || !std::filesystem::remove(file.path, error)) continue;
        bytes -= file.bytes;
        dropped.files += 1;
        dropped.records += file.items;
    }
    return dropped;
}

Result<std::uint64_t> RecordFiles::verify() const {
    TRY(files, list());
    std::uint64_t records = 0;
    for (const auto& file : files) {
        auto blocks = find_time_blocks(file, {});
        if (!blocks && is_gone(blocks.error())) continue;
        if (!blocks) return tl::unexpected(blocks.error());
        for (const auto& block : *blocks) {
            auto bytes = read_time_block(file, block);
            if (!bytes && is_gone(bytes.error())) break;
            if (!bytes) return tl::unexpected(bytes.error());
            auto whole = for_each_record(*bytes, [&](const auto&) { return ++records, true; });
            if (!whole) return fail(ErrorKind::corrupt, "'{}': {}", file.string(), whole.error().message);
        }
    }
    return records;
}

}  // namespace quoin
