#include "features/transform.h"

namespace quoin {

#define TRANSFORM(name) TransformEntry name();
namespace transform {
#include "features/transforms.list"
}
#undef TRANSFORM

std::span<const TransformEntry> transforms() {
    static const std::vector<TransformEntry> entries = {
#define TRANSFORM(name) transform::name(),
#include "features/transforms.list"
#undef TRANSFORM
    };
    return entries;
}

Result<const TransformEntry*> find_transform(std::string_view name) {
    std::string known;
    for (const TransformEntry& entry : transforms()) {
        if (entry.name == name) return &entry;
        known += (known.empty() ? "" : ", ") + entry.name;
    }
    return fail(ErrorKind::invalid, "'{}' is no transform; known are {}", name, known);
}

double quantile_bucket_middle(std::int64_t bucket) {
    if (bucket == 0 || bucket == -1) return 0;  // zero and what is too small to be told from it
    return (from_ordered_bits(bucket << 46) + from_ordered_bits((bucket + 1) << 46)) / 2;
}

std::uint64_t total_count(std::span<const Cell> tallies) {
    std::uint64_t count = 0;
    for (const Cell& cell : tallies) count += cell.key;
    return count;
}

FixedSum total_sum(std::span<const Cell> sums) {
    FixedSum sum = 0;
    for (const Cell& cell : sums) sum += cell.sum();
    return sum;
}

}  // namespace quoin
