#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/result.h"

namespace quoin {

/// Reads up to the span's size into it; 0 means the end.
using ByteReader = std::function<Result<std::size_t>(std::span<char>)>;

/// The content of a gzip file (RFC 1952: DEFLATE, any number of members), piece by piece with 400 kB of memory. Checksum and length of
/// every member are verified. Error of `read`: corrupt, if the file is damaged or cut short.
class GzipReader {
public:
    explicit GzipReader(ByteReader compressed);
    GzipReader(GzipReader&&) noexcept;
    GzipReader& operator=(GzipReader&&) noexcept;
    ~GzipReader();
    Result<std::size_t> read(std::span<char> into);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quoin
