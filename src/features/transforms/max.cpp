#include <algorithm>

#include "features/transform.h"

namespace quoin::transform {

TransformEntry max() {
    return {.name = "max",
            .description = "greatest value",
            .cells = {CellKind::extremes},
            .value = TransformEntry::Value::number,
            .finish = [](const WindowCells& window, const TransformParameters&, TransformValue& out) {
                auto extreme = INT64_MIN;
                for (const Cell& cell : window.first) extreme = std::max(extreme, cell.b);
                if (!window.first.empty()) out.number = from_ordered_bits(extreme);
            }};
}

}  // namespace quoin::transform
