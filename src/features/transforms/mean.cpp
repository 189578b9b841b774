#include "features/transform.h"

namespace quoin::transform {

TransformEntry mean() {
    return {.name = "mean",
            .description = "mean of the values",
            .cells = {CellKind::tally},
            .value = TransformEntry::Value::number,
            .is_reversible = true,
            .finish = [](const WindowCells& window, const TransformParameters&, TransformValue& out) {
                if (auto count = total_count(window.first); count > 0)
                    out.number = from_fixed(total_sum(window.first)) / static_cast<double>(count);
            }};
}

}  // namespace quoin::transform
