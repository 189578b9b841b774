#include <algorithm>

#include "features/transform.h"

namespace quoin::transform {

// A histogram over the leading bits of the number: 64 buckets to a power of two, so that the middle of a bucket is within 0.8 % of every
// value in it (the linearly interpolated mapping of DDSketch: Masson, Rim & Lee, VLDB 2019; HdrHistogram). The operator has cut the keys.
namespace {
void finish(const WindowCells& window, const TransformParameters& parameters, TransformValue& out) {
    thread_local std::vector<std::pair<std::int64_t, std::uint64_t>> buckets;
    buckets.clear();
    std::uint64_t count = 0;
    for (const Cell& cell : window.first) buckets.emplace_back(static_cast<std::int64_t>(cell.key), cell.a), count += cell.a;
    if (count == 0) return;
    std::ranges::sort(buckets);
    auto rank = static_cast<std::uint64_t>(parameters.q * static_cast<double>(count - 1));
    for (auto [bucket, inside] : buckets) {
        if (rank < inside) {
            out.number = quantile_bucket_middle(bucket);
            return;
        }
        rank -= inside;
    }
}
}  // namespace

TransformEntry quantile() {
    return {.name = "quantile",
            .description = "quantile q of the values, within 0.8 %",
            .cells = {CellKind::keyed},
            .value = TransformEntry::Value::number,
            .key = TransformEntry::Key::quantile_bucket,
            .finish = finish};
}

}  // namespace quoin::transform
