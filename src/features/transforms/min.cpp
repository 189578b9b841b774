#include <algorithm>

#include "features/transform.h"

namespace quoin::transform {

TransformEntry min() {
    return {.name = "min",
            .description = "least value",
            .cells = {CellKind::extremes},
            .value = TransformEntry::Value::number,
            .finish = [](const WindowCells& window, const TransformParameters&, TransformValue& out) {
                auto extreme = INT64_MAX;
                for (const Cell& cell : window.first) extreme = std::min(extreme, cell.a);
                if (!window.first.empty()) out.number = from_ordered_bits(extreme);
            }};
}

}  // namespace quoin::transform
