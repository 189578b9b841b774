#include <algorithm>
#include <cmath>

#include "features/transform.h"

namespace quoin::transform {

// The sums are exact; the difference below is not, but its error is 1e-16 of the mean square.
TransformEntry deviation() {
    return {.name = "std",
            .description = "sample standard deviation of the values (n - 1)",
            .cells = {CellKind::tally, CellKind::squares},
            .value = TransformEntry::Value::number,
            .is_reversible = true,
            .finish = [](const WindowCells& window, const TransformParameters&, TransformValue& out) {
                auto count = static_cast<double>(total_count(window.first));
                if (count < 2) return;
                double sum = from_fixed(total_sum(window.first)), squares = from_fixed(total_sum(window.second));
                out.number = std::sqrt(std::max(0.0, (squares - sum * sum / count) / (count - 1)));
            }};
}

}  // namespace quoin::transform
