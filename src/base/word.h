#pragma once

#include <compare>
#include <utility>

namespace quoin {

/// A typed word: one value with a role and a unit, so that a price and a spread cannot be swapped.
/// Comparison within one word only; arithmetic where the unit allows it (see Usd). Access by `.value()`.
template <class Tag, class T>
class Word {
public:
    using value_type = T;
    constexpr Word() = default;
    constexpr explicit Word(T value) : value_(std::move(value)) {}
    constexpr const T& value() const { return value_; }
    friend constexpr auto operator<=>(const Word&, const Word&) = default;
    friend constexpr bool operator==(const Word&, const Word&) = default;

private:
    T value_{};
};

}  // namespace quoin
