#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace quoin {

/// Read-only bytes of a file mapped into memory; unmapped when the last copy goes. Thread-safe.
class MappedFile {
public:
    /// Error: not_found, invalid (no regular file), unavailable.
    static Result<MappedFile> open(const std::filesystem::path& file);
    std::span<const std::byte> bytes() const;
    std::string_view text() const;

private:
    struct Mapping;
    std::shared_ptr<const Mapping> mapping_;
};

/// Writes `bytes` to `file` so that after a crash the file holds the old or the new content, never a mixture: temporary file in the same
/// folder, fsync, rename, fsync of the folder.
Status write_file_atomically(const std::filesystem::path& file, std::span<const std::byte> bytes);

/// Content-addressed artifacts in a folder: the name of a blob is the SHA-256 of its bytes, the file is <folder>/ab/cdef….
/// Storing twice writes nothing, unless the stored bytes were damaged: then it repairs them. A crash leaves a blob absent or whole.
/// Thread-safe, and safe across processes. Layout and crash rule: docs/formats/blobs.md.
class BlobStore {
public:
    static Result<BlobStore> open(const std::filesystem::path& folder);
    /// Returns the digest once the bytes are on disk.
    Result<std::string> put(std::span<const std::byte> bytes);
    /// Maps the blob and verifies its checksum. Error: not_found, corrupt (the digest differs), invalid (no digest).
    Result<MappedFile> get(std::string_view digest) const;
    bool contains(std::string_view digest) const;
    /// Where the blob is or would be; empty, if `digest` is none.
    std::filesystem::path path(std::string_view digest) const;

private:
    std::filesystem::path folder_;
};

}  // namespace quoin
