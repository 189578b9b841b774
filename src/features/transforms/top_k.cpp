#include <algorithm>
#include <bit>

#include "features/transform.h"

namespace quoin::transform {

namespace {

struct Counted {
    std::uint64_t key, count;
};

void merge_equal(std::vector<Counted>& keys) {
    std::ranges::sort(keys, {}, &Counted::key);
    std::size_t used = 0;
    for (const Counted& next : keys)
        if (used > 0 && keys[used - 1].key == next.key) keys[used - 1].count += next.count;
        else keys[used++] = next;
    keys.resize(used);
}

void finish(const WindowCells& window, const TransformParameters& parameters, TransformValue& out) {
    thread_local std::vector<Counted> keys;
    keys.clear();
    for (const Cell& cell : window.first) keys.push_back({cell.key, static_cast<std::uint64_t>(cell.a)});
    if (keys.empty()) return;
    merge_equal(keys);
    bool is_text = window.value_kind == FieldKind::text;
    auto is_before = [&](const Counted& a, const Counted& b) {
        if (a.count != b.count) return a.count > b.count;
        if (is_text) return window.texts.find(a.key) < window.texts.find(b.key);
        return static_cast<std::int64_t>(a.key) < static_cast<std::int64_t>(b.key);
    };
    auto wanted = std::min(parameters.k, keys.size());
    std::ranges::partial_sort(keys, keys.begin() + static_cast<std::ptrdiff_t>(wanted), is_before);
    auto number = [](std::uint64_t key) { return from_ordered_bits(static_cast<std::int64_t>(key)); };
    if (is_text) out.text = keys[0].key;
    else out.number = number(keys[0].key);
    if (out.items == nullptr) return;
    out.is_list = true;
    for (std::size_t i = 0; i < wanted; ++i)
        out.items->push_back(is_text ? keys[i].key : std::bit_cast<std::uint64_t>(number(keys[i].key)));
}

}  // namespace

TransformEntry top_k() {
    return {.name = "top_k",
            .description = "the k most frequent values, by count, then by value",
            .cells = {CellKind::keyed},
            .value = TransformEntry::Value::any,
            .gives_value_kind = true,
            .gives_list = true,
            .check = [](const FeatureDeclaration& feature) -> Status {
                if (feature.parameters.k <= 16) return {};
                return fail(ErrorKind::invalid, "{}: 'k' of top_k may be 1 to 16", feature.place);
            },
            .finish = finish};
}

}  // namespace quoin::transform
