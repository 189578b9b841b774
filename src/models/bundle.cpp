#include "models/bundle.h"

#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>

#include "base/digest.h"

namespace quoin {
namespace {

static_assert(std::endian::native == std::endian::little, "the artifact formats are little endian");

constexpr std::string_view magic = "QNBUNDL1";
constexpr std::size_t alignment = 64, name_bytes = 48, digest_bytes = 64;
constexpr std::size_t sections_max = 4096;

/// One line of the section table, as stored.
struct Line {
    char name[name_bytes];
    std::uint64_t offset, size;
    char digest[digest_bytes];
};

std::size_t aligned(std::size_t offset) { return (offset + alignment - 1) / alignment * alignment; }

}  // namespace

std::vector<std::byte> save_bundle(std::span<const BundleSection> sections) {
    assert(sections.size() <= sections_max);
    std::vector<Line> lines(sections.size());
    std::size_t end = aligned(magic.size() + sizeof(std::uint64_t) + lines.size() * sizeof(Line));
    for (std::size_t i = 0; i < sections.size(); ++i) {
        Line line{};
        assert(sections[i].name.size() < name_bytes);
        sections[i].name.copy(line.name, name_bytes - 1);
        line.offset = end;
        line.size = sections[i].bytes.size();
        sha256_hex(std::span<const std::byte>(sections[i].bytes)).copy(line.digest, digest_bytes);
        lines[i] = line;
        end = aligned(end + line.size);
    }
    std::vector<std::byte> bytes(end);
    std::uint64_t count = lines.size();
    std::memcpy(bytes.data(), magic.data(), magic.size());
    std::memcpy(bytes.data() + magic.size(), &count, sizeof count);
    std::memcpy(bytes.data() + magic.size() + sizeof count, lines.data(), lines.size() * sizeof(Line));
    for (std::size_t i = 0; i < sections.size(); ++i)
        if (lines[i].size > 0) std::memcpy(bytes.data() + lines[i].offset, sections[i].bytes.data(), lines[i].size);
    return bytes;
}

namespace {

enum class Checksums { compared, known };

Result<BundleView> view_of(std::span<const std::byte> bytes, Checksums checksums) {
    std::uint64_t count = 0;
    std::size_t head = magic.size() + sizeof count;
    if (bytes.size() < head || text_of(bytes.first(magic.size())) != magic)
        return fail(ErrorKind::corrupt, "this is not a Quoin model artifact (its first bytes are not {})", magic);
    std::memcpy(&count, bytes.data() + magic.size(), sizeof count);
    if (count > sections_max || bytes.size() < head + count * sizeof(Line))
        return fail(ErrorKind::corrupt, "the model artifact is cut short in its section table");
    BundleView view;
    for (std::uint64_t i = 0; i < count; ++i) {
        Line line;
        std::memcpy(&line, bytes.data() + head + i * sizeof(Line), sizeof line);
        std::string name(line.name, strnlen(line.name, name_bytes));
        if (line.offset > bytes.size() || line.size > bytes.size() - line.offset)
            return fail(ErrorKind::corrupt, "section '{}' of the model artifact is cut short", name);
        auto content = bytes.subspan(line.offset, line.size);
        if (checksums == Checksums::compared && sha256_hex(content) != std::string_view(line.digest, digest_bytes))
            return fail(ErrorKind::corrupt, "section '{}' of the model artifact does not match its checksum", name);
        if (!view.emplace(name, content).second) return fail(ErrorKind::corrupt, "section '{}' is there twice", name);
    }
    return view;
}

}  // namespace

Result<BundleView> open_bundle(std::span<const std::byte> bytes) { return view_of(bytes, Checksums::compared); }
Result<BundleView> open_known_bundle(std::span<const std::byte> bytes) { return view_of(bytes, Checksums::known); }

Result<std::span<const std::byte>> section(const BundleView& bundle, std::string_view name) {
    auto found = bundle.find(name);
    if (found == bundle.end()) return fail(ErrorKind::corrupt, "the model artifact has no section '{}'", name);
    return found->second;
}

std::vector<std::byte> bytes_of(std::string_view text) {
    auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

std::string_view text_of(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::vector<std::byte> bytes_of(std::span<const double> values) {
    auto bytes = std::as_bytes(values);
    return {bytes.begin(), bytes.end()};
}

Result<std::vector<double>> doubles_of(std::span<const std::byte> bytes) {
    if (bytes.size() % sizeof(double) != 0) return fail(ErrorKind::corrupt, "a section of numbers has {} bytes", bytes.size());
    std::vector<double> values(bytes.size() / sizeof(double));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

}  // namespace quoin
