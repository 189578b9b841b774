#pragma once

#include "base/word.h"

namespace quoin {

/// An amount in United States dollars, not rounded. Sums and differences stay dollars; a ratio of two amounts is a number.
class Usd : public Word<Usd, double> {
public:
    using Word::Word;
    friend constexpr Usd operator+(Usd a, Usd b) { return Usd{a.value() + b.value()}; }
    friend constexpr Usd operator-(Usd a, Usd b) { return Usd{a.value() - b.value()}; }
    friend constexpr Usd operator*(Usd a, double factor) { return Usd{a.value() * factor}; }
    friend constexpr double operator/(Usd a, Usd b) { return a.value() / b.value(); }
};

}  // namespace quoin
