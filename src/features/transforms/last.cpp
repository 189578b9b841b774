#include "features/transform.h"

namespace quoin::transform {

TransformEntry last() {
    return {.name = "last",
            .description = "value of the latest event",
            .cells = {CellKind::latest},
            .value = TransformEntry::Value::any,
            .gives_value_kind = true,
            .finish = [](const WindowCells& window, const TransformParameters&, TransformValue& out) {
                if (window.first.empty()) return;
                const Cell& cell = window.first.back();  // tiles ascend
                if (window.value_kind == FieldKind::text) out.text = static_cast<std::uint64_t>(cell.b);
                else out.number = from_ordered_bits(cell.b);
            }};
}

}  // namespace quoin::transform
