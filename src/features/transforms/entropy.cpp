#include <algorithm>

#include "expression/elementary.h"
#include "features/transform.h"

namespace quoin::transform {

// Shannon 1948. Counts are added up in the order of their keys, so that the sum has one order.
namespace {
void finish(const WindowCells& window, const TransformParameters&, TransformValue& out) {
    thread_local std::vector<std::pair<std::uint64_t, std::uint64_t>> keys;
    keys.clear();
    double total = 0;
    for (const Cell& cell : window.first) keys.emplace_back(cell.key, cell.a), total += static_cast<double>(cell.a);
    if (keys.empty()) return;
    std::ranges::sort(keys);
    double bits = 0;
    for (std::size_t i = 0; i < keys.size();) {
        double count = 0;
        auto key = keys[i].first;
        for (; i < keys.size() && keys[i].first == key; ++i) count += static_cast<double>(keys[i].second);
        bits -= count / total * elementary::log2(count / total);
    }
    out.number = bits + 0.0;
}
}  // namespace

TransformEntry entropy() {
    return {.name = "entropy",
            .description = "Shannon entropy of the values, in bits",
            .cells = {CellKind::keyed},
            .value = TransformEntry::Value::any,
            .finish = finish};
}

}  // namespace quoin::transform
