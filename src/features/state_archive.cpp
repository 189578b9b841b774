#include "features/state_archive.h"

#include <boost/json.hpp>

#include "base/digest.h"
#include "base/json.h"
#include "features/state_store.h"
#include "store/blobs.h"
#include "table/write.h"

namespace quoin {
namespace {

constexpr std::size_t day_bytes_max = 256u << 20, path_part_max = 200;
constexpr std::string_view digits = "0123456789ABCDEF";

/// A file that is gone with the object.
class ScratchFile {
public:
    explicit ScratchFile(const std::filesystem::path& folder) : path_(folder / fmt::format("{}.parquet", random_hex_id())) {}
    ~ScratchFile() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

std::string path_text(std::string_view text) {
    std::string out;
    for (char c : text) {
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        if (is_plain) out += c;
        else out.append(1, '%').append(hex_text({&c, 1}));
    }
    return out.size() <= path_part_max ? out : sha256_hex(text);
}

/// Reads members of an object and remembers the first that is missing or of another kind.
class Members {
public:
    explicit Members(const boost::json::value& value) : object_(value.if_object()) {}
    std::string text(std::string_view name) {
        const auto* value = find(name);
        if (value && value->is_string()) return std::string(value->get_string());
        return note(name), std::string();
    }
    std::int64_t whole(std::string_view name) {
        const auto* value = find(name);
        if (value && value->is_int64()) return value->get_int64();
        return note(name), 0;
    }
    const boost::json::array* list(std::string_view name) {
        const auto* value = find(name);
        if (value && value->is_array()) return &value->get_array();
        return note(name), nullptr;
    }
    Status outcome() const {
        if (wrong_.empty()) return {};
        return fail(ErrorKind::corrupt, "the archive of feature states has a day without a good '{}'", wrong_);
    }

private:
    const boost::json::value* find(std::string_view name) const { return object_ ? object_->if_contains(name) : nullptr; }
    void note(std::string_view name) {
        if (wrong_.empty()) wrong_ = name;
    }
    const boost::json::object* object_;
    std::string wrong_;
};

Result<ArchivePart> parse_part(const boost::json::value& value) {
    Members members(value);
    ArchivePart part{.key = members.text("key"), .has_states = members.text("holds") == "states"};
    part.view = members.text("view"), part.computation = members.text("computation");
    auto tenant = from_plain_text(members.text("tenant"));
    part.first_id = members.text("first_id"), part.last_id = members.text("last_id");
    part.rows = static_cast<std::uint64_t>(members.whole("rows")), part.bytes = static_cast<std::uint64_t>(members.whole("bytes"));
    part.sha256 = members.text("sha256");
    TRY_VOID(members.outcome());
    if (!tenant) return fail(ErrorKind::corrupt, "the archive of feature states has a tenant that is none");
    part.tenant = std::move(*tenant);
    return part;
}

}  // namespace

std::string archive_day_prefix(std::string_view space) { return fmt::format("{}/days/", space); }
std::string archive_day_key(std::string_view space, std::string_view day) {
    return fmt::format("{}{}.json", archive_day_prefix(space), day);
}
std::string archive_part_prefix(std::string_view space, bool has_states, std::string_view day) {
    return fmt::format("{}/{}/day={}{}", space, has_states ? "states" : "values", day, day.empty() ? "" : "/");
}
std::string archive_part_key(std::string_view prefix, const ArchivePart& part, std::size_t number) {
    return fmt::format("{}tenant={}/view={}/{:05}-{}.parquet", prefix, path_text(part.tenant), part.view, number,
                       part.sha256.substr(0, 16));
}

std::string render_archive_day(const ArchiveDay& day) {
    boost::json::array parts;
    for (const ArchivePart& part : day.parts)
        parts.push_back(boost::json::object{{"key", part.key},
                                            {"holds", part.has_states ? "states" : "values"},
                                            {"view", part.view},
                                            {"computation", part.computation},
                                            {"tenant", plain_text(part.tenant)},
                                            {"first_id", part.first_id},
                                            {"last_id", part.last_id},
                                            {"rows", part.rows},
                                            {"bytes", part.bytes},
                                            {"sha256", part.sha256}});
    boost::json::object object{{"format", 1},
                               {"day", day.day},
                               {"sequence", day.version.sequence},
                               {"advanced_us", day.version.advanced.value()},
                               {"catalog", day.catalog},
                               {"written_us", day.written.value()},
                               {"parts", std::move(parts)}};
    return json_text(object, 2) + "\n";
}

Result<ArchiveDay> parse_archive_day(std::string_view text) {
    auto parsed = parse_json(text, {.bytes_max = day_bytes_max});
    if (!parsed) return fail(ErrorKind::corrupt, "the archive of feature states has a day that is no JSON: {}", parsed.error().message);
    Members members(*parsed);
    if (members.whole("format") != 1) return fail(ErrorKind::corrupt, "the archive of feature states is of a format not known here");
    ArchiveDay day{.day = members.text("day")};
    day.version = {static_cast<std::uint64_t>(members.whole("sequence")), EventTime{members.whole("advanced_us")}};
    day.catalog = members.text("catalog");
    day.written = EventTime{members.whole("written_us")};
    const auto* parts = members.list("parts");
    TRY_VOID(members.outcome());
    for (const auto& value : *parts) {
        TRY(part, parse_part(value));
        day.parts.push_back(std::move(part));
    }
    return day;
}

Result<std::string> parquet_bytes(const Table& table, const std::filesystem::path& scratch) {
    ScratchFile file(scratch);
    TRY_VOID(write_table(table, file.path()));
    TRY(mapped, MappedFile::open(file.path()));
    return std::string(mapped.text());
}

Result<Table> parquet_table(std::string_view bytes, const ReadOptions& options, const std::filesystem::path& scratch) {
    ScratchFile file(scratch);
    TRY_VOID(write_file_atomically(file.path(), std::as_bytes(std::span(bytes))));
    return read_table(file.path(), options);
}

std::string hex_text(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (char c : bytes) {
        auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4], text += digits[byte & 15];
    }
    return text;
}

Result<std::string> hex_bytes(std::string_view text) {
    auto value = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        int high = value(text[i]), low = value(text[i + 1]);
        if (high < 0 || low < 0) return fail(ErrorKind::corrupt, "a text is no hexadecimal digits");
        bytes += static_cast<char>(high << 4 | low);
    }
    if (text.size() % 2 != 0) return fail(ErrorKind::corrupt, "a text has an odd number of hexadecimal digits");
    return bytes;
}

}  // namespace quoin
