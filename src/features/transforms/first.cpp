#include "features/transform.h"

namespace quoin::transform {

TransformEntry first() {
    return {.name = "first",
            .description = "value of the earliest event",
            .cells = {CellKind::earliest},
            .value = TransformEntry::Value::any,
            .gives_value_kind = true,
            .finish = [](const WindowCells& window, const TransformParameters&, TransformValue& out) {
                if (window.first.empty()) return;
                const Cell& cell = window.first.front();  // tiles ascend
                if (window.value_kind == FieldKind::text) out.text = static_cast<std::uint64_t>(cell.b);
                else out.number = from_ordered_bits(cell.b);
            }};
}

}  // namespace quoin::transform
