#include "features/transform.h"

namespace quoin::transform {

TransformEntry sum() {
    return {.name = "sum",
            .description = "sum of the values",
            .cells = {CellKind::tally},
            .value = TransformEntry::Value::number,
            .is_reversible = true,
            .finish = [](const WindowCells& window, const TransformParameters&, TransformValue& out) {
                out.number = from_fixed(total_sum(window.first));
            }};
}

}  // namespace quoin::transform
