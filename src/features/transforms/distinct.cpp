#include <algorithm>

#include "features/transform.h"

namespace quoin::transform {

TransformEntry distinct() {
    return {.name = "distinct",
            .description = "number of different values",
            .cells = {CellKind::keyed},
            .value = TransformEntry::Value::any,
            .finish = [](const WindowCells& window, const TransformParameters&, TransformValue& out) {
                thread_local std::vector<std::uint64_t> keys;
                keys.clear();
                for (const Cell& cell : window.first) keys.push_back(cell.key);
                std::ranges::sort(keys);
                out.number = static_cast<double>(std::ranges::unique(keys).begin() - keys.begin());
            }};
}

}  // namespace quoin::transform
