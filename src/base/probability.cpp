#include "base/probability.h"

namespace quoin {

Result<Probability> coverage_level(double level) {
    if (!(level > 0.0 && level < 1.0))
        return fail(ErrorKind::invalid, "confidence level {} is not between 0 and 1 (95 % is written 0.95)", level);
    return Probability{level};
}

}  // namespace quoin
