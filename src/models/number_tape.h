#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace quoin {

/// The state of a streaming model as one tape of 64-bit words, written and read in the same order: docs/formats/number-tape.md. Doubles
/// keep their bits, so a model that was saved and loaded goes on as if nothing had happened.
class TapeWriter {
public:
    void number(double value) { words_.push_back(std::bit_cast<std::uint64_t>(value)); }
    void whole(std::uint64_t value) { words_.push_back(value); }
    /// Their count, then the numbers.
    void numbers(std::span<const double> values);
    void wholes(std::span<const std::uint64_t> values);
    /// The finished tape: `kind` (1 to 24 letters) names the model, `version` its format.
    std::vector<std::byte> finish(std::string_view kind, std::uint32_t version) const;

private:
    std::vector<std::uint64_t> words_;
};

/// Reads what a TapeWriter wrote. The first word that is not there or not as asked spoils the tape: every later read gives 0 or nothing and
/// `finish` is an error, so that a loader reads all first and judges once. Never reads outside, never allocates more than the tape holds.
class TapeReader {
public:
    /// `bytes` must outlive the reader. Error: corrupt (magic, size, checksum, another kind), unsupported (a later version).
    static Result<TapeReader> open(std::span<const std::byte> bytes, std::string_view kind, std::uint32_t version);

    /// A finite double.
    double number();
    /// A finite double in [lower, upper].
    double number_within(double lower, double upper);
    std::uint64_t whole(std::uint64_t lower, std::uint64_t upper);
    bool flag() { return whole(0, 1) == 1; }
    /// At most `count_max` finite doubles, count first.
    std::vector<double> numbers(std::size_t count_max);
    std::vector<std::uint64_t> wholes(std::size_t count_max);
    /// A condition between what was read; false spoils the tape.
    void require(bool fits) { sound_ = sound_ && fits; }
    bool sound() const { return sound_; }
    /// Error: corrupt, if any read failed or words are left.
    Status finish() const;

private:
    std::uint64_t word();

    std::span<const std::byte> words_;
    std::size_t at_ = 0;
    bool sound_ = true;
    std::string kind_;
};

}  // namespace quoin
