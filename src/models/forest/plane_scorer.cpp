#include "models/forest/plane_scorer.h"

#include <algorithm>
#include <array>
#include <utility>

namespace quoin {

/// A block of rows on its way through the trees.
template <class Sum>
struct PlaneScorer::Block {
    const std::int8_t* ranks;
    std::size_t rows;
    std::array<Sum, ByteRanks::rows> sums;
    std::array<std::array<std::uint8_t, ByteRanks::rows>, trees_at_once> exits;  ///< tree after tree
    std::array<std::uint32_t, ByteRanks::rows> nodes;

    PlaneQuestion question(std::span<const Plane> planes, const PlaneTest* tests, std::size_t tree) {
        return {planes, tests, ranks, rows, exits[tree].data()};
    }
};

namespace {

/// Adds the values of `count` trees' exits, in the order of the trees.
template <std::size_t count, class Block, class Sum>
void add_values(Block& block, const std::array<const Sum*, count>& values) {
    for (std::size_t i = 0; i < block.rows; ++i) {
        [&]<std::size_t... k>(std::index_sequence<k...>) {
            auto sum = block.sums[i];
            ((sum += values[k][block.exits[k][i]]), ...);
            block.sums[i] = sum;
        }
        (std::make_index_sequence<count>());
    }
}

}  // namespace

template <>
const double* PlaneScorer::values<double>() const {
    return values_.data();
}
template <>
const float* PlaneScorer::values<float>() const {
    return float_values_.data();
}

/// Leaves each row's leaf in block.nodes. A round takes every row that has not arrived one step further.
template <class Sum>
void PlaneScorer::walk_on(const Tree& tree, Block<Sum>& block) const {
    std::array<std::uint16_t, ByteRanks::rows> walking;
    std::size_t count = 0;
    for (std::size_t i = 0; i < block.rows; ++i) {
        block.nodes[i] = exit_nodes_[tree.first_exit + block.exits[0][i]];
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
void PlaneScorer::add_deep(const Tree& tree, Block<Sum>& block) const {
    find_exits(block.question(std::span<const Plane>(planes_).subspan(tree.first_plane, tree.planes), tests_.data(), 0));
    walk_on(tree, block);
    for (std::size_t i = 0; i < block.rows; ++i) block.sums[i] += static_cast<Sum>(nodes_[block.nodes[i]].value);
}

/// Of trees that are not deep, at most `trees_at_once`.
template <class Sum>
void PlaneScorer::add(std::span<const Tree> trees, Block<Sum>& block) const {
    std::array<const Sum*, trees_at_once> tables;
    for (std::size_t k = 0; k < trees.size(); ++k) {
        find_exits(block.question(std::span<const Plane>(planes_).subspan(trees[k].first_plane, trees[k].planes), tests_.data(), k));
        tables[k] = values<Sum>() + trees[k].first_exit;
    }
    if (trees.size() == trees_at_once) return add_values<trees_at_once>(block, tables);
    for (std::size_t k = 0; k < trees.size(); ++k) {
        for (std::size_t i = 0; i < block.rows; ++i) block.sums[i] += tables[k][block.exits[k][i]];
    }
}

template <class Sum>
void PlaneScorer::margins_of_block(MatrixView<const double> rows, MatrixView<double> out) const {
    thread_local std::vector<std::int8_t> ranks;
    thread_local Block<Sum> block;
    if (ranks.size() < ranks_.slots() * ByteRanks::rows) ranks.resize(ranks_.slots() * ByteRanks::rows);
    ranks_.fill(rows, ranks);
    block.ranks = ranks.data();
    block.rows = rows.rows();
    for (std::size_t o = 0; o < out.columns(); ++o) {
        block.sums.fill(static_cast<Sum>(base_[o]));
        std::size_t first = o == 0 ? 0 : tree_ends_[o - 1];
        for (auto left = std::span<const Tree>(trees_).subspan(first, tree_ends_[o] - first); !left.empty();) {
            auto plain = static_cast<std::size_t>(std::ranges::find_if(left, &Tree::is_deep) - left.begin());
            auto count = std::max<std::size_t>(1, std::min(plain, trees_at_once));
            if (plain == 0) {
                add_deep(left.front(), block);
            } else {
                add(left.first(count), block);
            }
            left = left.subspan(count);
        }
        for (std::size_t i = 0; i < rows.rows(); ++i) out(i, o) = static_cast<double>(block.sums[i]);
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
