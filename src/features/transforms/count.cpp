#include "features/transform.h"

namespace quoin::transform {

TransformEntry count() {
    return {.name = "count",
            .description = "number of events",
            .cells = {CellKind::tally},
            .is_reversible = true,
            .finish = [](const WindowCells& window, const TransformParameters&, TransformValue& out) {
                out.number = static_cast<double>(total_count(window.first));
            }};
}

}  // namespace quoin::transform
