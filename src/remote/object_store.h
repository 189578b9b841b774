#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace quoin {

/// Named byte strings, in a local folder or in S3. A key is a relative path: parts of at most 255 bytes between slashes, none empty, "."
/// or "..", no control characters, 1024 bytes in all; else `invalid`. An object is there whole or not at all, and what was answered as
/// written survives a crash. Thread-safe, and safe between processes.
class ObjectStore {
public:
    virtual ~ObjectStore() = default;

    struct Info {
        std::string key;
        std::uint64_t bytes = 0;
    };

    /// Writes or replaces.
    virtual Status put(std::string_view key, std::span<const std::byte> bytes) = 0;
    /// Writes only if there is no object of that name; false: there is one, and it was left alone. After an error, and with S3 after
    /// `false` too, the object may be the one of this very call (its answer was lost): compare the contents if that matters.
    virtual Result<bool> put_if_absent(std::string_view key, std::span<const std::byte> bytes) = 0;
    /// Error: not_found; too_large, beyond `bytes_max`.
    virtual Result<std::string> get(std::string_view key, std::size_t bytes_max = 1u << 30) = 0;
    /// Nothing if there is no such object.
    virtual Result<std::optional<Info>> head(std::string_view key) = 0;
    /// Every object whose key starts with `prefix` (any text, not only whole parts), sorted by key.
    virtual Result<std::vector<Info>> list(std::string_view prefix) = 0;
    /// No error if there is none.
    virtual Status remove(std::string_view key) = 0;
    /// How errors and people call it: a folder, or s3://bucket/prefix.
    virtual const std::string& where() const = 0;

    /// `address`: a folder, which is made, or s3://bucket/prefix with the settings of s3_options_from_environment().
    static Result<std::unique_ptr<ObjectStore>> open(const std::string& address);
    static Result<std::unique_ptr<ObjectStore>> open_folder(const std::filesystem::path& folder);
};

/// Error: invalid, if `key` is none.
Status check_object_key(std::string_view key);

}  // namespace quoin
