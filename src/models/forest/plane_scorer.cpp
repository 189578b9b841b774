#include "models/forest/plane_scorer.h"

#include <algorithm>
#include <array>

namespace quoin {

/// A block of rows on its way through the trees.
struct PlaneScorer::Block {
    const std::int8_t* ranks;
    std::size_t rows;
    std::array<double, ByteRanks::rows> sums;
    std::array<std::uint8_t, ByteRanks::rows> exits;
    std::array<std::uint32_t, ByteRanks::rows> nodes;
};

/// Leaves each row's leaf in block.nodes. A round takes every row that has not arrived one step further.
void PlaneScorer::walk_on(const Tree& tree, Block& block) const {
    std::array<std::uint16_t, ByteRanks::rows> walking;
    std::size_t count = 0;
    for (std::size_t i = 0; i < block.rows; ++i) {
        block.nodes[i] = exit_nodes_[tree.first_exit + block.exits[i]];
        walking[count] = static_cast<std::uint16_t>(i);
        count += nodes_[block.nodes[i]].first_child != 0;
    }
    while (count > 0) {
        std::size_t left = 0;
        for (std::size_t k = 0; k < count; ++k) {
            auto i = walking[k];
            const auto& node = nodes_[block.nodes[i]];
            auto next = node.first_child + static_cast<std::uint32_t>(block.ranks[node.offset + i] >= node.rank);
            block.nodes[i] = next;
            walking[left] = i;
            left += nodes_[next].first_child != 0;
        }
        count = left;
    }
}

template <class Sum>
void PlaneScorer::add(const Tree& tree, Block& block) const {
    find_exits({std::span(planes_).subspan(tree.first_plane, tree.planes), tests_.data(), block.ranks, block.rows, block.exits.data()});
    if (tree.is_deep) {
        walk_on(tree, block);
        for (std::size_t i = 0; i < block.rows; ++i)
            block.sums[i] = static_cast<Sum>(block.sums[i]) + static_cast<Sum>(nodes_[block.nodes[i]].value);
    } else {
        const auto* values = values_.data() + tree.first_exit;
        for (std::size_t i = 0; i < block.rows; ++i)
            block.sums[i] = static_cast<Sum>(block.sums[i]) + static_cast<Sum>(values[block.exits[i]]);
    }
}

template <class Sum>
void PlaneScorer::margins_of_block(MatrixView<const double> rows, MatrixView<double> out) const {
    thread_local std::vector<std::int8_t> ranks;
    if (ranks.size() < ranks_.slots() * ByteRanks::rows) ranks.resize(ranks_.slots() * ByteRanks::rows);
    ranks_.fill(rows, ranks);
    Block block{ranks.data(), rows.rows(), {}, {}, {}};
    for (std::size_t o = 0; o < out.columns(); ++o) {
        block.sums.fill(static_cast<Sum>(base_[o]));
        for (const auto& tree : trees_[o]) add<Sum>(tree, block);
        for (std::size_t i = 0; i < rows.rows(); ++i) out(i, o) = block.sums[i];
    }
}

void PlaneScorer::margins(MatrixView<const double> rows, MatrixView<double> out) const {
    for (std::size_t first = 0; first < rows.rows(); first += ByteRanks::rows) {
        auto last = std::min(first + ByteRanks::rows, rows.rows());
        if (float_sum_) {
            margins_of_block<float>(rows.rows_between(first, last), out.rows_between(first, last));
        } else {
            margins_of_block<double>(rows.rows_between(first, last), out.rows_between(first, last));
        }
    }
}

}  // namespace quoin
