#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/array.h"
#include "base/result.h"
#include "store/blobs.h"

namespace quoin {

/// Named arrays of plain records in one file, to be mapped and used where they lie: docs/formats/array-file.md. The records have the layout
/// of the program that wrote them, so such a file is a cache: only the build that wrote it reads it, and it can be made again.

/// Collects arrays. A name is at most 47 bytes and used once.
class ArrayFileWriter {
public:
    template <class T>
    void add(std::string name, const Array<T>& items) {
        static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 64);
        auto bytes = std::as_bytes(std::span<const T>(items));
        sections_.push_back({std::move(name), {bytes, std::make_shared<Array<T>>(items)}, sizeof(T)});
    }
    /// Writes the file whole or not at all. Error: unavailable.
    Status write(const std::filesystem::path& file) const;

private:
    struct Section {
        std::string name;
        Array<std::byte> bytes;
        std::size_t item_bytes;
    };
    std::vector<Section> sections_;
};

/// A mapped file of arrays, verified against its checksum. A value type; copies and the arrays found in it keep it mapped. Thread-safe.
class ArrayFile {
public:
    /// Error: not_found; unavailable; corrupt (any changed bit); unsupported (another build of the program wrote it).
    static Result<ArrayFile> open(const std::filesystem::path& file);

    /// Error: corrupt, naming the array that is not there or whose records have another size.
    template <class T>
    Result<Array<T>> array(std::string_view name) const {
        static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 64);
        TRY(bytes, section(name, sizeof(T)));
        return Array<T>({reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)}, std::make_shared<MappedFile>(file_));
    }

private:
    Result<std::span<const std::byte>> section(std::string_view name, std::size_t item_bytes) const;

    struct Section {
        std::span<const std::byte> bytes;
        std::size_t item_bytes;
    };
    MappedFile file_;
    std::map<std::string, Section, std::less<>> sections_;
};

/// What tells this build of the program from every other: 40 hexadecimal digits made by the linker from its content.
const std::string& build_id();

}  // namespace quoin
