#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace quoin {

/// The part of a text file (plain or gzip, known by its first bytes) that is in memory; a byte order mark is left out. What has been used
/// is dropped at the next refill.
class TextWindow {
public:
    /// Nothing is longer than this without a line end: a limit on memory.
    static constexpr std::size_t bytes_max = 16u << 20;

    /// Error: not_found, unavailable.
    static Result<TextWindow> open(const std::filesystem::path& path);
    TextWindow(TextWindow&&) noexcept;
    TextWindow& operator=(TextWindow&&) noexcept;
    ~TextWindow();

    std::string_view rest() const { return {data(), last_ - first_}; }
    /// The start of rest(), for changes in place.
    char* data() const;
    /// The file has ended: rest() will not get longer.
    bool whole() const { return at_end_; }
    void use(std::size_t count) { first_ += count; }
    /// Makes rest() longer, unless the file has ended; moves it. Error: too_large, when it would exceed bytes_max; unavailable; corrupt.
    Status refill();

private:
    struct Source;
    explicit TextWindow(std::unique_ptr<Source> source);

    std::unique_ptr<Source> source_;
    std::size_t first_ = 0, last_ = 0;
    bool at_end_ = false, started_ = false;
};

}  // namespace quoin
