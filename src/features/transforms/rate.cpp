#include "features/transform.h"

namespace quoin::transform {

TransformEntry rate() {
    return {.name = "rate",
            .description = "events per unit of time over the window's length",
            .cells = {CellKind::tally},
            .is_reversible = true,
            .check = [](const FeatureDeclaration& feature) -> Status {
                if (feature.window) return {};
                return fail(ErrorKind::invalid, "{}: 'rate' needs a window: over a lifetime it would have no length", feature.place);
            },
            .finish =
                [](const WindowCells& window, const TransformParameters& parameters, TransformValue& out) {
                    double units = static_cast<double>(window.length.value()) / static_cast<double>(parameters.per.value());
                    out.number = static_cast<double>(total_count(window.first)) / units;
                }};
}

}  // namespace quoin::transform
