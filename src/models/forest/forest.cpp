#include "models/forest/forest.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "models/forest/prepared.h"
#include "models/forest/walk.h"

namespace quoin {
namespace {

/// Children lie after their parents, so one pass from the back does it. The shares of two children are of their own sum, so that they add
/// up to 1 whatever rounding the trainer's covers went through.
Array<double> node_means(const Forest::Parts& parts) {
    const auto& nodes = parts.nodes;
    std::vector<double> means(nodes.size());
    for (std::size_t n = nodes.size(); n-- > 0;) {
        const auto& node = nodes[n];
        if (node.kind == SplitKind::leaf) {
            means[n] = node.value;
            continue;
        }
        double left = nodes[node.left].cover, right = nodes[node.right].cover, left_share = left / (left + right);
        means[n] = left_share * means[node.left] + (1 - left_share) * means[node.right];
    }
    return means;
}

}  // namespace

Result<Forest> Forest::make(Parts parts) {
    TRY_VOID(check_forest(parts));
    auto prepared = std::make_shared<Prepared>();
    prepared->parts = std::move(parts);
    const auto& own = prepared->parts;
    prepared->ranked = RankedWalk::make(own);
    if (prepared->ranked) prepared->planes.emplace(own, prepared->ranked->table());
    prepared->explain = make_explain_plan(own, prepared->ranked ? prepared->ranked->tests() : std::span<const RankedWalk::Test>());
    prepared->means = node_means(own);
    prepared->make_expected();
    Forest forest;
    forest.prepared_ = std::move(prepared);
    return forest;
}

void Forest::Prepared::make_expected() {
    expected = parts.base;
    for (const auto& tree : parts.trees) expected[tree.output] += means[tree.root];
}

std::size_t Forest::features() const { return prepared_->parts.feature_names.size(); }
std::size_t Forest::outputs() const { return prepared_->parts.base.size(); }
const Forest::Parts& Forest::parts() const { return prepared_->parts; }
std::span<const double> Forest::expected_margins() const { return prepared_->expected; }

void Forest::margin(std::span<const double> row, std::span<double> out) const {
    assert(row.size() == features() && out.size() == outputs());
    if (prepared_->ranked) {
        prepared_->ranked->margin(prepared_->parts, prepared_->ranked->slots_of(row), out);
    } else {
        margin_by_walk(prepared_->parts, row, out);
    }
}

Matrix Forest::margins(MatrixView<const double> rows) const {
    Matrix result(rows.rows(), outputs());
    if (prepared_->planes && rows.rows() >= prepared_->planes->rows_min()) {
        prepared_->planes->margins(rows, result.view());
        return result;
    }
    for (std::size_t i = 0; i < rows.rows(); ++i) margin(rows.row(i), result.row(i));
    return result;
}

void Forest::apply_transform(std::span<double> margins) const {
    const auto& own = prepared_->parts;
    switch (own.transform) {
        case ForestTransform::identity: return;
        case ForestTransform::exponential:
            for (double& margin : margins) margin = std::exp(margin);
            return;
        case ForestTransform::sigmoid:
        case ForestTransform::sigmoid_each:
            for (double& margin : margins) margin = 1 / (1 + std::exp(-own.sigmoid_slope * margin));
            return;
        case ForestTransform::softmax: {
            double largest = *std::ranges::max_element(margins), sum = 0;
            for (double& margin : margins) sum += margin = std::exp(margin - largest);
            for (double& margin : margins) margin /= sum;
            return;
        }
    }
}

Matrix Forest::predict(MatrixView<const double> rows) const {
    auto result = margins(rows);
    for (std::size_t i = 0; i < result.rows(); ++i) apply_transform(result.row(i));
    return result;
}

std::vector<std::uint32_t> Forest::leaves(MatrixView<const double> rows) const {
    assert(rows.columns() == features());
    const auto& trees = prepared_->parts.trees;
    std::vector<std::uint32_t> result(rows.rows() * trees.size());
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        auto out = std::span(result).subspan(i * trees.size(), trees.size());
        if (prepared_->ranked) {
            prepared_->ranked->leaves(prepared_->ranked->slots_of(rows.row(i)), out);
        } else {
            for (std::size_t t = 0; t < trees.size(); ++t) out[t] = leaf_below(prepared_->parts, trees[t].root, rows.row(i));
        }
    }
    return result;
}

std::vector<double> Forest::importance() const {
    const auto& own = prepared_->parts;
    const auto& means = prepared_->means;
    std::vector<double> sums(features(), 0.0);
    double total = 0;
    for (std::size_t t = 0; t < own.trees.size(); ++t) {
        auto first = own.trees[t].root,
             last = t + 1 < own.trees.size() ? own.trees[t + 1].root : static_cast<std::uint32_t>(own.nodes.size());
        for (auto n = first; n < last; ++n) {
            const auto& node = own.nodes[n];
            if (node.kind == SplitKind::leaf) continue;
            double left = own.nodes[node.left].cover, right = own.nodes[node.right].cover, left_share = left / (left + right);
            double change = left_share * std::abs(means[node.left] - means[n]) + (1 - left_share) * std::abs(means[node.right] - means[n]);
            double amount = node.cover / own.nodes[first].cover * change;
            sums[node.feature] += amount;
            total += amount;
        }
    }
    if (total > 0)
        for (double& sum : sums) sum /= total;
    return sums;
}

}  // namespace quoin
