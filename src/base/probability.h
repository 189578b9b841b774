#pragma once

#include "base/result.h"
#include "base/word.h"

namespace quoin {

/// A calibrated probability or a coverage level, in [0, 1].
class Probability : public Word<Probability, double> {
public:
    using Word::Word;
};

/// Error: invalid, unless 0 < level < 1. 95 is refused with the remedy (write 0.95).
Result<Probability> coverage_level(double level);

}  // namespace quoin
