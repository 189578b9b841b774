#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "models/forest/explain.h"

// Vectors are returned by functions that are inlined always, so that no call depends on how the ABI returns them.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace quoin {

/// A block and what is asked of it. Lanes, steps, what was followed by many rows, and sums are aligned to 64 bytes.
struct ExplainQuestion {
    const ExplainFork* forks;
    const ExplainRepeat* repeats;
    const ExplainTwig* twigs;
    const double* leaves;
    std::size_t fork_count, twig_count, leaf_count;
    const double* reciprocals;  ///< of the plan, from the first point asked on
    const double* points;       ///< of the lanes
    const void* slots;          ///< of one row: std::uint16_t; of many: std::int64_t by slot and row
    double* lanes;              ///< by place: P on the way down, which V overwrites on the way up
    double* steps;              ///< by fork: ratio and gain
    std::int64_t* followed;     ///< by edge: −1 for a row that takes it and all of its feature above, else 0
    double* sums;               ///< by feature
    std::size_t place_scale;    ///< lanes of a place / lanes of one row
    bool knows_followed;        ///< `followed` is as this block's walk down at another point left it
};

template <std::size_t width>
struct ExplainVector {
    typedef double Lanes __attribute__((vector_size(width * sizeof(double)), may_alias));
    typedef std::int64_t Mask __attribute__((vector_size(width * sizeof(double)), may_alias));
};

/// From memory that is aligned to its numbers only.
template <class Vector>
[[gnu::always_inline]] inline Vector load(const void* memory) {
    Vector vector;
    std::memcpy(&vector, memory, sizeof vector);
    return vector;
}

/// Lanes are the points of one row, in `parts` registers of `width`.
template <std::size_t width_, std::size_t parts_>
struct OneRow {
    static constexpr std::size_t width = width_, parts = parts_, sums = 8;  ///< sums: lanes of a feature
    using Lanes = typename ExplainVector<width>::Lanes;
    using Mask = typename ExplainVector<width>::Mask;
    using Side = std::size_t;
    ExplainQuestion question;  ///< a copy, which no store of lanes can change

    [[gnu::always_inline]] Side side(std::uint32_t slot, std::uint16_t rank) const {
        return static_cast<const std::uint16_t*>(question.slots)[slot] >= rank;
    }
    [[gnu::always_inline]] double choose(const std::array<double, 2>& by_side, const Side& side, std::size_t) const {
        return by_side[side];
    }
    [[gnu::always_inline]] Lanes at_points(const double* values, std::size_t part) const { return load<Lanes>(values + part * width); }
    [[gnu::always_inline]] double* place(std::uint16_t place) const { return question.lanes + place; }
    [[gnu::always_inline]] std::int64_t followed(std::uint16_t edge, std::size_t) const { return question.followed[edge]; }
    [[gnu::always_inline]] void follow(std::uint16_t previous, std::uint16_t edges, const Side& side) const {
        auto before = question.followed[previous];
        question.followed[edges + side] = before;
        question.followed[edges + (side ^ 1)] = 0;
    }
};

/// Lanes are rows, at one point.
template <std::size_t width_>
struct ManyRows {
    static constexpr std::size_t width = width_, parts = explain_rows_at_once / width, sums = explain_rows_at_once;
    using Lanes = typename ExplainVector<width>::Lanes;
    using Mask = typename ExplainVector<width>::Mask;
    struct Side {
        Mask right[parts];
    };
    ExplainQuestion question;  ///< a copy, which no store of lanes can change

    [[gnu::always_inline]] Side side(std::uint32_t slot, std::uint16_t rank) const {
        const auto* slots = static_cast<const std::int64_t*>(question.slots) + slot * explain_rows_at_once;
        Side side;
#pragma GCC unroll 8
        for (std::size_t k = 0; k < parts; ++k) side.right[k] = load<Mask>(slots + k * width) >= (static_cast<std::int64_t>(rank) - Mask{});
        return side;
    }
    [[gnu::always_inline]] Lanes choose(const std::array<double, 2>& by_side, const Side& side, std::size_t part) const {
        return side.right[part] ? by_side[1] - Lanes{} : by_side[0] - Lanes{};
    }
    [[gnu::always_inline]] double at_points(const double* values, std::size_t) const { return *values; }
    [[gnu::always_inline]] double* place(std::uint16_t place) const { return question.lanes + place * question.place_scale; }
    [[gnu::always_inline]] Mask* edge(std::size_t edge) const {
        return reinterpret_cast<Mask*>(question.followed + edge * explain_rows_at_once);
    }
    [[gnu::always_inline]] Mask followed(std::uint16_t number, std::size_t part) const { return edge(number)[part]; }
    [[gnu::always_inline]] void follow(std::uint16_t previous, std::uint16_t edges, const Side& side) const {
        if (question.knows_followed) return;
#pragma GCC unroll 8
        for (std::size_t k = 0; k < parts; ++k) {
            Mask before = edge(previous)[k];
            edge(edges)[k] = before & ~side.right[k];
            edge(edges + 1u)[k] = before & side.right[k];
        }
    }
};

/// From the P of a block's root to those of all its nodes, and the steps of its forks.
template <class Row>
[[gnu::always_inline]] inline void walk_down(const ExplainQuestion& asked) {
    using Lanes = typename Row::Lanes;
    using Mask = typename Row::Mask;
    const Row row{asked};
    const auto& question = row.question;
    const auto* repeat = question.repeats;
    auto* product = reinterpret_cast<const Lanes*>(question.lanes);
    auto* step = reinterpret_cast<Lanes*>(question.steps);
    decltype(row.at_points(nullptr, 0)) points[Row::parts];
    for (std::size_t k = 0; k < Row::parts; ++k) points[k] = row.at_points(question.points, k);
    for (const auto *fork = question.forks, *end = fork + question.fork_count; fork < end; ++fork) {
        auto side = row.side(fork->slot, fork->rank);
        auto* left = reinterpret_cast<Lanes*>(row.place(fork->below[0]));
        auto* right = reinterpret_cast<Lanes*>(row.place(fork->below[1]));
        Lanes ratio[Row::parts], gain[Row::parts];
#pragma GCC unroll 8
        for (std::size_t k = 0; k < Row::parts; ++k) gain[k] = product[k] * row.choose(fork->change, side, k);
        if (fork->repeats != ExplainRepeats::above) {
#pragma GCC unroll 8
            for (std::size_t k = 0; k < Row::parts; ++k)  // change[0] is −s: this is s + t (z − s)
                ratio[k] = points[k] * row.choose(fork->change, side, k) - fork->change[0];
            if (fork->repeats == ExplainRepeats::below) row.follow(0, fork->edges, side);  // edge 0: nothing above was left
        } else {
#pragma GCC unroll 8
            for (std::size_t k = 0; k < Row::parts; ++k) {
                const auto reciprocal = row.at_points(question.reciprocals + repeat->reciprocals, k);
                const Lanes own = points[k] * row.choose(repeat->change, side, k) - repeat->change[0];
                const auto followed = (Mask{} | row.followed(repeat->previous, k)) != Mask{};
                ratio[k] = followed ? own * reciprocal : -fork->change[0] - Lanes{};
                gain[k] = followed ? gain[k] * (repeat->share * reciprocal * reciprocal) : Lanes{};
            }
            row.follow(repeat->previous, fork->edges, side);
            ++repeat;
        }
#pragma GCC unroll 8
        for (std::size_t k = 0; k < Row::parts; ++k) {
            const Lanes all = product[k], to_right = all * ratio[k];
            step[k] = ratio[k];
            step[Row::parts + k] = gain[k];
            right[k] = to_right;
            left[k] = all - to_right;
        }
        product += Row::parts;
        step += 2 * Row::parts;
    }
}

/// From the leaves' values and the P of the twigs to the V of all nodes, and their part of the sums.
template <class Row>
[[gnu::always_inline]] inline void walk_up(const ExplainQuestion& asked) {
    using Lanes = typename Row::Lanes;
    constexpr std::size_t lanes = Row::parts * Row::width;
    const Row row{asked};
    const auto& question = row.question;
    auto* value = reinterpret_cast<Lanes*>(question.lanes + (question.fork_count + question.twig_count) * lanes);
    for (const auto *leaf = question.leaves, *end = leaf + question.leaf_count; leaf < end; ++leaf, value += Row::parts)
#pragma GCC unroll 8
        for (std::size_t k = 0; k < Row::parts; ++k) value[k] = *leaf - Lanes{};
    value = reinterpret_cast<Lanes*>(question.lanes + question.fork_count * lanes);
    for (const auto *twig = question.twigs, *end = twig + question.twig_count; twig < end; ++twig, value += Row::parts) {
        auto side = row.side(twig->slot, twig->rank);
        auto* sum = reinterpret_cast<Lanes*>(question.sums + twig->feature * Row::sums);
#pragma GCC unroll 8
        for (std::size_t k = 0; k < Row::parts; ++k) {
            const auto change = row.choose(twig->change, side, k);
            sum[k] = sum[k] + value[k] * change;
            value[k] = row.at_points(question.points, k) * change + twig->mean;
        }
    }
    value = reinterpret_cast<Lanes*>(question.lanes + question.fork_count * lanes);
    const auto* step = reinterpret_cast<const Lanes*>(question.steps + question.fork_count * 2 * lanes);
    for (const auto* fork = question.forks + question.fork_count; fork > question.forks;) {
        --fork;
        value -= Row::parts;
        step -= 2 * Row::parts;
        const auto* left = reinterpret_cast<const Lanes*>(row.place(fork->below[0]));
        const auto* right = reinterpret_cast<const Lanes*>(row.place(fork->below[1]));
        auto* sum = reinterpret_cast<Lanes*>(question.sums + fork->feature * Row::sums);
#pragma GCC unroll 8
        for (std::size_t k = 0; k < Row::parts; ++k) {
            const Lanes of_left = left[k], difference = right[k] - of_left;
            sum[k] = sum[k] + step[Row::parts + k] * difference;
            value[k] = of_left + step[k] * difference;
        }
    }
}

}  // namespace quoin
