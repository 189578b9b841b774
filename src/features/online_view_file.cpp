#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "base/digest.h"
#include "base/parallel.h"
#include "features/online_view.h"
#include "store/blobs.h"
#include "store/crc32c.h"

namespace quoin {
namespace {

/// A file of the first version has SHA-256 digests, which take 40 times as long; it is read still.
constexpr std::string_view magic = "QUOINFS2", first_magic = "QUOINFS1";
enum class Section : std::uint32_t { header = 1, texts = 2, shard = 3, end = 4 };

template <class Number>
void append_number(std::string& out, Number number) {
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}
template <class Number>
bool take_number(std::string_view& bytes, Number& number) {
    if (bytes.size() < sizeof number) return false;
    std::memcpy(&number, bytes.data(), sizeof number);
    bytes.remove_prefix(sizeof number);
    return true;
}
void append_text(std::string& out, std::string_view text) {
    append_number(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
}
bool take_text(std::string_view& bytes, std::string_view& text) {
    std::uint32_t size = 0;
    if (!take_number(bytes, size) || bytes.size() < size) return false;
    text = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return true;
}

/// A file that appears whole, under its name, or not at all.
class SectionWriter {
public:
    explicit SectionWriter(std::filesystem::path file) : file_(std::move(file)), draft_(file_.string() + ".new") {
        descriptor_ = ::open(draft_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        write_all(magic);
    }
    ~SectionWriter() {
        if (descriptor_ >= 0) ::close(descriptor_);
        ::unlink(draft_.c_str());
    }
    void section(Section kind, std::string_view payload) {
        std::string section;
        append_number(section, kind);
        append_number(section, static_cast<std::uint64_t>(payload.size()));
        section.append(payload);
        append_number(section, crc32c(section));
        write_all(section);
    }
    Status finish() {
        if (failed_ == 0 && ::fsync(descriptor_) != 0) failed_ = errno;
        if (failed_ == 0 && ::rename(draft_.c_str(), file_.c_str()) != 0) failed_ = errno;
        if (failed_ != 0) return fail(ErrorKind::unavailable, "cannot write '{}': {}", file_.string(), std::strerror(failed_));
        int folder = ::open(file_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder >= 0) ::fsync(folder), ::close(folder);
        return {};
    }

private:
    void write_all(std::string_view bytes) {
        if (descriptor_ < 0 && failed_ == 0) failed_ = errno;
        while (!bytes.empty() && failed_ == 0) {
            ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
            if (written < 0 && errno != EINTR) failed_ = errno;
            if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    std::filesystem::path file_, draft_;
    int descriptor_ = -1, failed_ = 0;
};

struct ReadSection {
    Section kind;
    std::string_view payload;
    std::string_view content, checksum;  ///< what the checksum is of, and as it stands in the file

    bool is_whole() const {
        if (checksum.size() != sizeof(std::uint32_t)) return sha256_hex(content) == checksum;
        std::uint32_t stored = 0;
        std::memcpy(&stored, checksum.data(), sizeof stored);
        return crc32c(content) == stored;
    }
};

/// A shard's states, before they are taken in.
struct ReadShard {
    ViewTable* table;
    std::uint32_t shard;
    std::string_view states;
    ViewTable::Position position;
};

Result<ReadSection> next_section(std::string_view& bytes, std::size_t checksum_bytes) {
    ReadSection section{};
    std::uint64_t size = 0;
    std::string_view whole = bytes;
    if (!take_number(bytes, section.kind) || !take_number(bytes, size) || bytes.size() < checksum_bytes ||
        bytes.size() - checksum_bytes < size)
        return fail(ErrorKind::corrupt, "the file of feature states is cut short");
    section.payload = bytes.substr(0, size);
    section.content = whole.substr(0, whole.size() - bytes.size() + size);
    section.checksum = bytes.substr(size, checksum_bytes);
    bytes.remove_prefix(size + checksum_bytes);
    return section;
}

/// All sections, verified.
Result<std::vector<ReadSection>> sections_of(std::string_view bytes, const std::filesystem::path& file) {
    if (!bytes.starts_with(magic) && !bytes.starts_with(first_magic))
        return fail(ErrorKind::corrupt, "'{}' is no file of feature states", file.string());
    std::size_t checksum_bytes = bytes.starts_with(first_magic) ? 64 : sizeof(std::uint32_t);
    bytes.remove_prefix(magic.size());
    std::vector<ReadSection> sections;
    do {
        TRY(section, next_section(bytes, checksum_bytes));
        sections.push_back(section);
    } while (sections.back().kind != Section::end);
    std::vector<char> whole(sections.size());
    parallel_for(sections.size(), [&](std::size_t i) { whole[i] = sections[i].is_whole(); });
    if (std::ranges::find(whole, 0) != whole.end())
        return fail(ErrorKind::corrupt, "a section of the file of feature states is not what was written");
    return sections;
}

}  // namespace

Status OnlineView::save(const std::filesystem::path& file) {
    SectionWriter writer(file);
    std::string payload;
    auto tables = tables_.load();
    {
        std::scoped_lock lock(applying_);
        // What waits for its time was not folded into any shard, so the log has to be read again from the oldest of it.
        std::uint64_t first = applied_.load() + 1;
        for (auto waiting = waiting_; !waiting.empty(); waiting.pop()) first = std::min(first, waiting.top().sequence);
        append_number(payload, first);
        writer.section(Section::header, payload);
    }
    payload.clear();
    for (const auto& [name, table] : tables->tables) {
        std::string digest = tables->catalog->computation_digest(table->view());
        for (std::uint32_t shard = 0; shard < ViewTable::shards; ++shard) {
            payload.clear();
            append_text(payload, name);
            append_text(payload, digest);
            append_number(payload, shard);
            {
                std::scoped_lock lock(applying_);
                append_number(payload, applied_.load());
                append_number(payload, advanced_.value());
                table->save_shard(shard, payload);
            }
            writer.section(Section::shard, payload);
        }
    }
    payload.clear();
    texts_.visit([&](std::string_view text) { append_text(payload, text); });  // after the states that name them
    writer.section(Section::texts, payload);
    writer.section(Section::end, {});
    return writer.finish();
}

Status OnlineView::load(const std::filesystem::path& file) {
    TRY(mapped, MappedFile::open(file));
    TRY(sections, sections_of(mapped.text(), file));  // verified before anything is taken
    auto tables = tables_.load();
    std::map<std::string, std::string, std::less<>> digests;
    for (const auto& [name, table] : tables->tables) digests[name] = tables->catalog->computation_digest(table->view());
    std::set<std::string, std::less<>> loaded;
    std::vector<ReadShard> shards;
    std::uint64_t first = 1;
    for (auto [kind, payload, content, checksum] : sections) {
        std::string_view text, digest;
        if (kind == Section::header && !take_number(payload, first))
            return fail(ErrorKind::corrupt, "the header of feature states is cut short");
        while (kind == Section::texts && !payload.empty())
            if (take_text(payload, text)) texts_.intern(text);
            else return fail(ErrorKind::corrupt, "a text of the feature states is cut short");
        if (kind != Section::shard) continue;
        std::uint32_t shard = 0;
        ViewTable::Position position;
        std::int64_t advanced = 0;
        if (!take_text(payload, text) || !take_text(payload, digest) || !take_number(payload, shard) ||
            !take_number(payload, position.sequence) || !take_number(payload, advanced) || shard >= ViewTable::shards)
            return fail(ErrorKind::corrupt, "a shard of the feature states is cut short");
        position.advanced = EventTime{advanced};
        auto current = digests.find(text);
        if (current == digests.end() || current->second != digest) continue;  // computed differently today
        shards.push_back({tables->find(text), shard, payload, position});
        loaded.emplace(text);
    }
    std::vector<Status> taken(shards.size());
    parallel_for(shards.size(),
                 [&](std::size_t i) { taken[i] = shards[i].table->load_shard(shards[i].shard, shards[i].states, shards[i].position); });
    for (const auto& shard : taken) TRY_VOID(shard);
    bool is_complete = std::ranges::all_of(digests, [&](const auto& view) { return loaded.contains(view.first); });
    applied_ = is_complete ? first - 1 : 0;
    return {};
}

}  // namespace quoin
