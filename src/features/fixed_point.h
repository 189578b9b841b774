#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

namespace quoin {

/// A sum that does not depend on the order of its terms: values are rounded once, half to even, to multiples of 2^-40 (about 1e-12) and
/// added as 128-bit integers (docs/formats/features.md, "Numbers"). |value| ≤ 2^42 leaves room for 2^45 terms.
using FixedSum = __int128;

constexpr double fixed_value_max = 4398046511104.0;  ///< 2^42
constexpr double fixed_scale = 1099511627776.0;      ///< 2^40

/// Nothing if the value is beyond ±2^42 or no number.
inline std::optional<FixedSum> to_fixed(double value) {
    if (!(std::abs(value) <= fixed_value_max)) return std::nullopt;
    // In two parts, each exact in a double: the whole number, and the rest in [-0.5, 0.5] scaled by a power of two.
    double whole = std::nearbyint(value);
    return static_cast<FixedSum>(static_cast<std::int64_t>(whole)) * (std::int64_t{1} << 40) +
           static_cast<std::int64_t>(std::nearbyint((value - whole) * fixed_scale));
}

/// The nearest double, in units.
inline double from_fixed(FixedSum sum) { return static_cast<double>(sum) / fixed_scale; }

/// The bits of a double as an integer of the same order: a < b for numbers means ordered_bits(a) < ordered_bits(b). −0 becomes 0.
inline std::int64_t ordered_bits(double value) {
    auto bits = std::bit_cast<std::int64_t>(value + 0.0);
    return bits >= 0 ? bits : static_cast<std::int64_t>(static_cast<std::uint64_t>(INT64_MIN) - static_cast<std::uint64_t>(bits));
}
inline double from_ordered_bits(std::int64_t order) {
    return std::bit_cast<double>(
        order >= 0 ? order : static_cast<std::int64_t>(static_cast<std::uint64_t>(INT64_MIN) - static_cast<std::uint64_t>(order)));
}

}  // namespace quoin
