#include <bit>

#include "features/transform.h"

namespace quoin::transform {

// The operator has turned each value into the number of its bin; values outside the edges take no part.
TransformEntry histogram() {
    return {.name = "histogram",
            .description = "counts of the values in the bins between edges; the last bin holds its upper edge too",
            .cells = {CellKind::keyed},
            .value = TransformEntry::Value::number,
            .key = TransformEntry::Key::bin,
            .gives_list = true,
            .check = [](const FeatureDeclaration& feature) -> Status {
                if (feature.parameters.edges.size() >= 2) return {};
                return fail(ErrorKind::invalid, "{}: 'histogram' needs at least two 'edges'", feature.place);
            },
            .finish =
                [](const WindowCells& window, const TransformParameters& parameters, TransformValue& out) {
                    if (out.items == nullptr) return;
                    out.is_list = true;
                    std::vector<double> counts(parameters.edges.size() - 1);
                    for (const Cell& cell : window.first)
                        if (cell.key < counts.size()) counts[cell.key] += static_cast<double>(cell.a);
                    for (double count : counts) out.items->push_back(std::bit_cast<std::uint64_t>(count));
                }};
}

}  // namespace quoin::transform
