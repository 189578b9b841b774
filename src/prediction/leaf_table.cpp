#include "prediction/leaf_table.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace quoin {
namespace {

template <std::size_t width>
struct Register {
    typedef std::uint8_t Type __attribute__((vector_size(width)));
};

/// Adds 1 to each count whose byte (and, with a second plane, whose second byte) is the one asked.
template <std::size_t width, std::size_t planes>
[[gnu::always_inline]] inline void count_equal(const std::uint8_t* bytes, std::size_t rows, std::uint16_t own, std::uint8_t* counts) {
    using Bytes = typename Register<width>::Type;
    const Bytes low = static_cast<std::uint8_t>(own) - Bytes{}, high = static_cast<std::uint8_t>(own >> 8) - Bytes{};
    for (std::size_t i = 0; i < rows; i += width) {
        Bytes first, count;
        std::memcpy(&first, bytes + i, width);
        std::memcpy(&count, counts + i, width);
        auto equal = first == low;
        if constexpr (planes == 2) {
            Bytes second;
            std::memcpy(&second, bytes + rows + i, width);
            equal &= second == high;
        }
        count -= reinterpret_cast<Bytes>(equal);  // true is −1
        std::memcpy(counts + i, &count, width);
    }
}

using CountEqual = void (*)(const std::uint8_t*, std::size_t, std::uint16_t, std::uint8_t*);
template <std::size_t planes>
void count_equal_plain(const std::uint8_t* bytes, std::size_t rows, std::uint16_t own, std::uint8_t* counts) {
    count_equal<16, planes>(bytes, rows, own, counts);
}
#ifdef __x86_64__
template <std::size_t planes>
[[gnu::target("avx2")]] void count_equal_avx2(const std::uint8_t* bytes, std::size_t rows, std::uint16_t own, std::uint8_t* counts) {
    count_equal<32, planes>(bytes, rows, own, counts);
}
#endif

template <std::size_t planes>
CountEqual count_equal_here() {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) return count_equal_avx2<planes>;
#endif
    return count_equal_plain<planes>;
}

}  // namespace

LeafTable::LeafTable(const Forest& forest, std::span<const std::uint32_t> leaves) : trees_(forest.parts().trees.size()) {
    assert(trees_ <= trees_max);
    if (trees_ == 0) return;
    rows_ = leaves.size() / trees_;
    const auto& parts = forest.parts();
    std::vector<std::uint16_t> numbers(parts.nodes.size());
    for (std::size_t t = 0; t < trees_; ++t) {
        std::size_t end = t + 1 < trees_ ? parts.trees[t + 1].root : parts.nodes.size();
        std::uint16_t number = 0;
        for (std::size_t node = parts.trees[t].root; node < end; ++node)
            if (parts.nodes[node].kind == SplitKind::leaf) numbers[node] = number++;
        if (number > 256) planes_ = 2;
    }
    std::vector<std::uint8_t> bytes((rows_ + block_rows - 1) / block_rows * block_rows * trees_ * planes_);
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        std::size_t row = i / trees_, tree = i % trees_;
        auto* target = bytes.data() + ((row / block_rows * trees_ + tree) * planes_) * block_rows + row % block_rows;
        auto number = numbers[leaves[i]];
        target[0] = static_cast<std::uint8_t>(number);
        if (planes_ == 2) target[block_rows] = static_cast<std::uint8_t>(number >> 8);
    }
    numbers_ = std::move(numbers);
    bytes_ = std::move(bytes);
}

void LeafTable::save_prepared(ArrayFileWriter& file, const std::string& name) const {
    file.add(name + "/leaf_sizes", Array(std::vector{Sizes{rows_, trees_, planes_}}));
    file.add(name + "/leaf_numbers", numbers_);
    file.add(name + "/leaf_bytes", bytes_);
}

Result<LeafTable> LeafTable::restore(const ArrayFile& file, const std::string& name) {
    TRY(sizes, file.array<Sizes>(name + "/leaf_sizes"));
    TRY(numbers, file.array<std::uint16_t>(name + "/leaf_numbers"));
    TRY(bytes, file.array<std::uint8_t>(name + "/leaf_bytes"));
    if (sizes.size() != 1) return fail(ErrorKind::corrupt, "the leaf table '{}' has no sizes", name);
    LeafTable made;
    made.rows_ = sizes[0].rows;
    made.trees_ = sizes[0].trees;
    made.planes_ = sizes[0].planes;
    made.numbers_ = std::move(numbers);
    made.bytes_ = std::move(bytes);
    if (made.bytes_.size() != (made.rows_ + block_rows - 1) / block_rows * block_rows * made.trees_ * made.planes_)
        return fail(ErrorKind::corrupt, "the leaf table '{}' is cut short", name);
    return made;
}

std::span<const std::uint8_t> LeafTable::shared(std::span<const std::uint32_t> own) const {
    static const CountEqual one_plane = count_equal_here<1>(), two_planes = count_equal_here<2>();
    assert(own.size() == trees_);
    thread_local std::vector<std::uint8_t> counts;
    counts.assign((rows_ + block_rows - 1) / block_rows * block_rows, 0);
    const auto* bytes = bytes_.data();
    for (std::size_t row = 0; row < rows_; row += block_rows) {
        for (auto leaf : own) {
            (planes_ == 2 ? two_planes : one_plane)(bytes, block_rows, numbers_[leaf], counts.data() + row);
            bytes += planes_ * block_rows;
        }
    }
    return std::span(counts).first(rows_);
}

}  // namespace quoin
