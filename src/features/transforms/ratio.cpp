#include "features/transform.h"

namespace quoin::transform {

TransformEntry ratio() {
    return {.name = "ratio",
            .description = "share of the events for which the value is true",
            .cells = {CellKind::tally},
            .value = TransformEntry::Value::truth,
            .is_reversible = true,
            .finish = [](const WindowCells& window, const TransformParameters&, TransformValue& out) {
                if (auto count = total_count(window.first); count > 0)
                    out.number = from_fixed(total_sum(window.first)) / static_cast<double>(count);
            }};
}

}  // namespace quoin::transform
