#include <cassert>

#include "models/forest/prepared.h"
#include "models/forest/walk.h"

namespace quoin {
namespace {

/// Which way the row goes at every split of the plan, where there is no ranked walk to ask. Valid until this thread asks again.
std::span<const std::uint16_t> split_sides(const Forest::Prepared& prepared, std::span<const double> row) {
    thread_local std::vector<std::uint16_t> sides;
    const auto& splits = prepared.explain.split_nodes;
    if (sides.size() < splits.size()) sides.resize(splits.size());
    for (std::size_t i = 0; i < splits.size(); ++i) {
        const auto& node = prepared.parts.nodes[splits[i]];
        sides[i] = goes_left(prepared.parts, node, row[node.feature]) ? 0 : 1;
    }
    return sides;
}

/// The slots of a row, and its margins into `margins` (one value an output).
std::span<const std::uint16_t> ask_row(const Forest::Prepared& prepared, std::span<const double> row, std::span<double> margins) {
    if (!prepared.ranked) {
        margin_by_walk(prepared.parts, row, margins);
        return split_sides(prepared, row);
    }
    auto slots = prepared.ranked->slots_of(row);
    prepared.ranked->margin(prepared.parts, slots, margins);
    return slots;
}

/// The last column takes up what the values leave of the margin.
void add_base(std::span<const double> margins, MatrixView<double> out) {
    auto features = out.columns() - 1;
    for (std::size_t o = 0; o < margins.size(); ++o) {
        double sum = 0;
        for (std::size_t j = 0; j < features; ++j) sum += out(o, j);
        out(o, features) = margins[o] - sum;
    }
}

}  // namespace

void Forest::contributions(std::span<const double> row, MatrixView<double> out) const {
    assert(row.size() == features() && out.rows() == outputs() && out.columns() == features() + 1);
    std::fill_n(out.data(), out.rows() * out.columns(), 0.0);
    thread_local std::vector<double> answer;
    if (answer.size() < outputs()) answer.resize(outputs());
    std::span margins_of_row(answer.data(), outputs());
    auto slots = ask_row(*prepared_, row, margins_of_row);
    explain_row(prepared_->explain, explain_engines().back(), slots, out);
    add_base(margins_of_row, out);
}

Matrix Forest::contributions(MatrixView<const double> rows) const {
    assert(rows.columns() == features());
    constexpr std::size_t block = explain_rows_at_once, worthwhile = 8;  // below, rows one by one are faster
    std::size_t width = features() + 1, values = outputs() * width, slots_of_row = prepared_->explain.slots, first = 0;
    Matrix result(rows.rows(), values), answers(block, outputs());
    std::vector<std::int64_t> slots(slots_of_row * block);
    std::vector<double> spare(block * values);
    for (std::size_t count; (count = std::min(block, rows.rows() - first)) >= worthwhile; first += count) {
        for (std::size_t i = 0; i < count; ++i) {
            auto own = ask_row(*prepared_, rows.row(first + i), answers.row(i));
            for (std::size_t s = 0; s < slots_of_row; ++s) slots[s * block + i] = own[s];
        }
        double* target = count == block ? result.row(first).data() : spare.data();
        explain_rows(prepared_->explain, explain_engines().back(), slots, {target, block * outputs(), width});
        if (count < block) std::copy_n(spare.data(), count * values, result.row(first).data());
        for (std::size_t i = 0; i < count; ++i) add_base(answers.row(i), {result.row(first + i).data(), outputs(), width});
    }
    for (; first < rows.rows(); ++first) contributions(rows.row(first), {result.row(first).data(), outputs(), width});
    return result;
}

}  // namespace quoin
