#include <bit>

#include "features/transform.h"

namespace quoin::transform {

TransformEntry last_k() {
    return {.name = "last_k",
            .description = "values of the k latest events, the latest first",
            .cells = {CellKind::recent},
            .value = TransformEntry::Value::any,
            .gives_value_kind = true,
            .gives_list = true,
            .finish = [](const WindowCells& window, const TransformParameters& parameters, TransformValue& out) {
                if (out.items == nullptr || window.first.empty()) return;
                out.is_list = true;
                for (auto cell = window.first.rbegin(); cell != window.first.rend() && out.items->size() < parameters.k; ++cell)
                    out.items->push_back(window.value_kind == FieldKind::text ? static_cast<std::uint64_t>(cell->a)
                                                                              : std::bit_cast<std::uint64_t>(from_ordered_bits(cell->a)));
            }};
}

}  // namespace quoin::transform
