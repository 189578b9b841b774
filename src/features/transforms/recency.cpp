#include "features/transform.h"

namespace quoin::transform {

TransformEntry recency() {
    return {.name = "recency",
            .description = "time since the latest event",
            .cells = {CellKind::latest},
            .pace = TransformEntry::Pace::always,
            .finish = [](const WindowCells& window, const TransformParameters& parameters, TransformValue& out) {
                if (window.first.empty()) return;
                auto age = window.at.value() - window.first.back().a;
                out.number = static_cast<double>(age) / static_cast<double>(parameters.unit.value());
            }};
}

}  // namespace quoin::transform
