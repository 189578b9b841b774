#include "store/array_file.h"

#include <elf.h>
#include <link.h>

#include <cassert>
#include <cstring>

#include "store/crc32c.h"

namespace quoin {
namespace {

constexpr std::string_view magic = "QNARRAY1";
constexpr std::size_t alignment = 64, name_bytes = 48, build_bytes = 40, sections_max = 4096;

struct Header {
    char magic[8];
    char build[build_bytes];
    std::uint64_t sections;
    std::uint32_t checksum;  ///< CRC-32C of the file with this field as 0
    std::uint32_t zero;
};

struct Line {
    char name[name_bytes];
    std::uint64_t offset, bytes, item_bytes;
};

// The records as they lie in the file; no padding.
static_assert(sizeof(Header) == 64 && sizeof(Line) == 72);

std::size_t aligned(std::size_t offset) { return (offset + alignment - 1) / alignment * alignment; }

std::string_view chars_of(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::uint32_t checksum_of(Header header, std::string_view rest) {
    header.checksum = 0;
    return crc32c(rest, crc32c({reinterpret_cast<const char*>(&header), sizeof header}));
}

/// The note that the linker's --build-id leaves in the program; empty, if there is none.
std::string linked_build_id() {
    std::string found;
    auto visit = [](dl_phdr_info* object, std::size_t, void* out) {
        for (int i = 0; i < object->dlpi_phnum; ++i) {
            const auto& segment = object->dlpi_phdr[i];
            if (segment.p_type != PT_NOTE) continue;
            const char* at = reinterpret_cast<const char*>(object->dlpi_addr + segment.p_vaddr);
            const char* end = at + segment.p_memsz;
            while (at + sizeof(ElfW(Nhdr)) <= end) {
                ElfW(Nhdr) note;
                std::memcpy(&note, at, sizeof note);
                const char* name = at + sizeof note;
                const char* content = name + (note.n_namesz + 3) / 4 * 4;
                if (note.n_type == NT_GNU_BUILD_ID && std::string_view(name, note.n_namesz) == std::string_view("GNU\0", 4))
                    for (std::size_t k = 0; k < note.n_descsz; ++k)
                        *static_cast<std::string*>(out) += fmt::format("{:02x}", static_cast<unsigned char>(content[k]));
                at = content + (note.n_descsz + 3) / 4 * 4;
            }
        }
        return 1;  // the program itself is the first object
    };
    dl_iterate_phdr(visit, &found);
    return found;
}

}  // namespace

const std::string& build_id() {
    static const std::string id = linked_build_id();
    return id;
}

Status ArrayFileWriter::write(const std::filesystem::path& file) const {
    assert(sections_.size() <= sections_max);
    if (build_id().size() != build_bytes) return fail(ErrorKind::unsupported, "this program was linked without a build id");
    std::vector<Line> lines(sections_.size());
    std::size_t end = aligned(sizeof(Header) + lines.size() * sizeof(Line));
    for (std::size_t i = 0; i < sections_.size(); ++i) {
        assert(sections_[i].name.size() < name_bytes);
        lines[i] = {{}, end, sections_[i].bytes.size(), sections_[i].item_bytes};
        sections_[i].name.copy(lines[i].name, name_bytes - 1);
        end = aligned(end + sections_[i].bytes.size());
    }
    std::vector<std::byte> bytes(end);
    Header header{{}, {}, lines.size(), 0, 0};
    magic.copy(header.magic, magic.size());
    build_id().copy(header.build, build_bytes);
    std::memcpy(bytes.data() + sizeof header, lines.data(), lines.size() * sizeof(Line));
    for (std::size_t i = 0; i < sections_.size(); ++i)
        if (!sections_[i].bytes.empty()) std::memcpy(bytes.data() + lines[i].offset, sections_[i].bytes.data(), lines[i].bytes);
    header.checksum = checksum_of(header, chars_of(std::span(bytes).subspan(sizeof header)));
    std::memcpy(bytes.data(), &header, sizeof header);
    return write_file_atomically(file, bytes);
}

Result<ArrayFile> ArrayFile::open(const std::filesystem::path& file) {
    ArrayFile made;
    TRY(mapped, MappedFile::open(file));
    auto bytes = mapped.bytes();
    Header header;
    if (bytes.size() < sizeof header || chars_of(bytes.first(magic.size())) != magic)
        return fail(ErrorKind::corrupt, "'{}' is no file of arrays", file.string());
    std::memcpy(&header, bytes.data(), sizeof header);
    if (std::string_view(header.build, build_bytes) != build_id())  // also where this build has none
        return fail(ErrorKind::unsupported, "'{}' was written by another build of the program", file.string());
    if (checksum_of(header, chars_of(bytes.subspan(sizeof header))) != header.checksum)
        return fail(ErrorKind::corrupt, "'{}' does not match its checksum", file.string());
    if (header.sections > sections_max || bytes.size() < sizeof header + header.sections * sizeof(Line))
        return fail(ErrorKind::corrupt, "'{}' is cut short in its section table", file.string());
    for (std::size_t i = 0; i < header.sections; ++i) {
        Line line;
        std::memcpy(&line, bytes.data() + sizeof header + i * sizeof line, sizeof line);
        if (line.offset % alignment != 0 || line.offset > bytes.size() || line.bytes > bytes.size() - line.offset || line.item_bytes == 0 ||
            line.bytes % line.item_bytes != 0)
            return fail(ErrorKind::corrupt, "array {} of '{}' is out of bounds", i, file.string());
        std::string name(line.name, strnlen(line.name, name_bytes));
        made.sections_[name] = {bytes.subspan(line.offset, line.bytes), line.item_bytes};
    }
    made.file_ = std::move(mapped);
    return made;
}

Result<std::span<const std::byte>> ArrayFile::section(std::string_view name, std::size_t item_bytes) const {
    auto found = sections_.find(name);
    if (found == sections_.end()) return fail(ErrorKind::corrupt, "the file of arrays has no '{}'", name);
    if (found->second.item_bytes != item_bytes)
        return fail(ErrorKind::corrupt, "the records of '{}' have {} bytes, not {}", name, found->second.item_bytes, item_bytes);
    return found->second.bytes;
}

}  // namespace quoin
