// The forest's own file: docs/formats/forest.md.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "base/digest.h"
#include "models/forest/forest.h"

namespace quoin {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is little endian and read as it lies");

constexpr std::string_view magic = "QNFOREST";
constexpr std::uint32_t version = 1;
constexpr std::size_t alignment = 64, digest_bytes = 32;

enum Section : std::size_t { name_ends, names, base, trees, nodes, category_words, section_count };
constexpr std::array<const char*, section_count> section_names{"name_ends", "names", "base", "trees", "nodes", "category_words"};

struct SectionPlace {
    std::uint64_t offset, bytes;
};

struct Header {
    char magic[8];
    std::uint32_t version;
    std::uint32_t transform;
    double sigmoid_slope;
    std::uint64_t float_sum;
    std::array<SectionPlace, section_count> sections;
};

// The records as they lie in the file.
static_assert(sizeof(Header) == 128 && std::is_trivially_copyable_v<Header>);
static_assert(sizeof(Forest::Tree) == 8 && std::is_trivially_copyable_v<Forest::Tree>);
static_assert(sizeof(Forest::Node) == 48 && std::is_trivially_copyable_v<Forest::Node>);
static_assert(offsetof(Forest::Node, set_words) == 32 && offsetof(Forest::Node, kind) == 36 && offsetof(Forest::Node, value) == 40);
constexpr std::size_t flags_first = offsetof(Forest::Node, default_left), flags_last = offsetof(Forest::Node, value);

std::size_t aligned(std::size_t offset) { return (offset + alignment - 1) / alignment * alignment; }

/// SHA-256 as 32 bytes.
std::array<std::byte, digest_bytes> digest_of(std::span<const std::byte> bytes) {
    auto text = sha256_hex(bytes);
    auto digit = [&](std::size_t i) { return static_cast<unsigned>(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10); };
    std::array<std::byte, digest_bytes> digest{};
    for (std::size_t i = 0; i < digest_bytes; ++i) digest[i] = static_cast<std::byte>(digit(2 * i) << 4 | digit(2 * i + 1));
    return digest;
}

template <class Item>
std::span<const std::byte> bytes_of(const std::vector<Item>& items) {
    return std::as_bytes(std::span(items));
}

/// The section's items; its bytes are in bounds already.
template <class Item>
Result<std::vector<Item>> items_of(std::span<const std::byte> file, const Header& header, Section section) {
    auto place = header.sections[section];
    if (place.bytes % sizeof(Item) != 0)
        return fail(ErrorKind::corrupt, "the forest's section '{}' has {} bytes, no multiple of {}", section_names[section], place.bytes,
                    sizeof(Item));
    std::vector<Item> items(place.bytes / sizeof(Item));
    if (!items.empty()) std::memcpy(static_cast<void*>(items.data()), file.data() + place.offset, place.bytes);
    return items;
}

/// Flags are bool in memory, so any other byte must be found before the nodes are read as such.
Status check_flags(std::span<const std::byte> file, const Header& header) {
    auto place = header.sections[nodes];
    for (std::size_t at = 0; at + sizeof(Forest::Node) <= place.bytes; at += sizeof(Forest::Node))
        for (std::size_t flag = flags_first; flag < flags_last; ++flag)
            if (file[place.offset + at + flag] > std::byte{1})
                return fail(ErrorKind::corrupt, "node {} of the forest has a flag that is neither 0 nor 1", at / sizeof(Forest::Node));
    return {};
}

enum class Bytes { unknown, known };  ///< known: those that Forest::save wrote

Result<Header> read_header(std::span<const std::byte> file, Bytes bytes) {
    Header header;
    if (file.size() < sizeof header + digest_bytes || std::memcmp(file.data(), magic.data(), magic.size()) != 0)
        return fail(ErrorKind::corrupt, "this is no Quoin forest: it does not start with {}", magic);
    std::memcpy(&header, file.data(), sizeof header);
    if (header.version != version)
        return fail(ErrorKind::unsupported, "the forest was saved in format {}; this version reads format {}", header.version, version);
    auto content = file.first(file.size() - digest_bytes);
    if (bytes == Bytes::unknown && !std::ranges::equal(digest_of(content), file.last(digest_bytes)))
        return fail(ErrorKind::corrupt, "the forest does not match its checksum; take it from its source again");
    if (header.float_sum > 1) return fail(ErrorKind::corrupt, "the forest's float_sum is {}, neither 0 nor 1", header.float_sum);
    for (std::size_t s = 0; s < section_count; ++s) {
        auto place = header.sections[s];
        if (place.offset > content.size() || place.bytes > content.size() - place.offset)
            return fail(ErrorKind::corrupt, "the forest's section '{}' runs past the end", section_names[s]);
    }
    return header;
}

Result<std::vector<std::string>> names_of(std::span<const std::byte> file, const Header& header) {
    TRY(ends, items_of<std::uint32_t>(file, header, name_ends));
    TRY(text, items_of<char>(file, header, names));
    std::vector<std::string> found;
    std::uint32_t first = 0;
    for (auto end : ends) {
        if (end < first || end > text.size()) return fail(ErrorKind::corrupt, "the forest's feature names are cut short");
        found.emplace_back(text.data() + first, end - first);
        first = end;
    }
    return found;
}

Result<Forest::Parts> parts_of(std::span<const std::byte> file, const Header& header) {
    TRY(feature_names, names_of(file, header));
    TRY(base_scores, items_of<double>(file, header, base));
    TRY(tree_items, items_of<Forest::Tree>(file, header, trees));
    TRY(node_items, items_of<Forest::Node>(file, header, nodes));
    TRY(words, items_of<std::uint64_t>(file, header, category_words));
    return Forest::Parts{.feature_names = std::move(feature_names),
                         .trees = std::move(tree_items),
                         .nodes = std::move(node_items),
                         .category_words = std::move(words),
                         .base = std::move(base_scores),
                         .transform = static_cast<ForestTransform>(header.transform),
                         .sigmoid_slope = header.sigmoid_slope,
                         .float_sum = header.float_sum != 0};
}

}  // namespace

std::vector<std::byte> Forest::save() const {
    const auto& own = parts();
    std::vector<std::uint32_t> ends;
    std::vector<char> text;
    for (const auto& name : own.feature_names) {
        text.insert(text.end(), name.begin(), name.end());
        ends.push_back(static_cast<std::uint32_t>(text.size()));
    }
    std::array contents{bytes_of(ends),      bytes_of(text),      bytes_of(own.base),
                        bytes_of(own.trees), bytes_of(own.nodes), bytes_of(own.category_words)};
    Header header{{}, version, static_cast<std::uint32_t>(own.transform), own.sigmoid_slope, own.float_sum, {}};
    std::ranges::copy(magic, header.magic);
    std::size_t end = sizeof header;
    for (std::size_t s = 0; s < section_count; ++s) {
        header.sections[s] = {end, contents[s].size()};
        end = aligned(end + contents[s].size());
    }
    std::vector<std::byte> file(end + digest_bytes);
    std::memcpy(file.data(), &header, sizeof header);
    for (std::size_t s = 0; s < section_count; ++s)
        if (!contents[s].empty()) std::memcpy(file.data() + header.sections[s].offset, contents[s].data(), contents[s].size());
    std::ranges::copy(digest_of(std::span(file).first(end)), file.begin() + static_cast<std::ptrdiff_t>(end));
    return file;
}

Result<Forest> Forest::load(std::span<const std::byte> bytes) {
    TRY(header, read_header(bytes, Bytes::unknown));
    TRY_VOID(check_flags(bytes, header));
    TRY(parts, parts_of(bytes, header));
    return make(std::move(parts));
}

Result<Forest> Forest::restore(std::span<const std::byte> bytes, const ArrayFile& file, const std::string& name) {
    TRY(header, read_header(bytes, Bytes::known));
    TRY(parts, parts_of(bytes, header));
    return restore(std::move(parts), file, name);
}

}  // namespace quoin
