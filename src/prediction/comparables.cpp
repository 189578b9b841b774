#include "prediction/comparables.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/parallel.h"
#include "prediction/wording.h"

namespace quoin {
namespace {

constexpr std::size_t probe_trees = 96;  ///< evenly spread over the heaviest forest: 2 bytes a sale and tree, one cache line per 32 sales

/// Heaviest member that is a forest; −1 if there is none.
int heaviest_forest(const Ensemble& ensemble) {
    int best = -1;
    for (std::size_t m = 0; m < ensemble.members.size(); ++m) {
        if (!std::holds_alternative<Forest>(ensemble.members[m].model.kind())) continue;
        if (best < 0 || ensemble.members[m].weight > ensemble.members[static_cast<std::size_t>(best)].weight) best = static_cast<int>(m);
    }
    return best;
}

/// A forest of the probe trees alone, so that asking for leaves walks nothing else.
Result<Forest> probe_forest(const Forest& forest) {
    const auto& parts = forest.parts();
    Forest::Parts probe{
        .feature_names = parts.feature_names, .trees = {}, .nodes = {}, .category_words = parts.category_words, .base = parts.base};
    std::size_t step = std::max<std::size_t>(1, parts.trees.size() / probe_trees);
    for (std::size_t t = 0; t < parts.trees.size() && probe.trees.size() < probe_trees; t += step) {
        auto first = parts.trees[t].root;
        auto last = t + 1 < parts.trees.size() ? parts.trees[t + 1].root : static_cast<std::uint32_t>(parts.nodes.size());
        auto offset = static_cast<std::uint32_t>(probe.nodes.size());
        probe.trees.push_back({offset, parts.trees[t].output});
        for (auto n = first; n < last; ++n) {
            auto node = parts.nodes[n];
            if (node.kind != SplitKind::leaf) {
                node.left = node.left - first + offset;
                node.right = node.right - first + offset;
            }
            probe.nodes.push_back(node);
        }
    }
    return Forest::make(std::move(probe));
}

std::vector<std::uint16_t> leaf_row(const Forest& probe, std::span<const double> encoded) {
    auto nodes = probe.leaves(MatrixView<const double>(encoded.data(), 1, encoded.size()));
    std::vector<std::uint16_t> row(nodes.size());
    for (std::size_t t = 0; t < nodes.size(); ++t) row[t] = static_cast<std::uint16_t>(nodes[t] - probe.parts().trees[t].root);
    return row;
}

double coordinate(const Encoder& encoder, std::span<const double> raw, std::size_t which) {
    for (const auto& feature : encoder.features())
        if (feature.kind == FeatureKind::rotation || feature.kind == FeatureKind::wave) return raw[feature.inputs[which]];
    return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

struct ComparableIndex::Sales {
    std::vector<std::uint32_t> rows;    ///< reference row of each sale
    std::vector<std::uint16_t> leaves;  ///< sales × trees: leaf number within its tree
    Forest probe;
};

Result<ComparableIndex> ComparableIndex::make(const TrainedModel& model, std::size_t sales_max) {
    ComparableIndex index;
    int member = heaviest_forest(model.ensemble);
    if (member < 0) return index;
    TRY(probe, probe_forest(std::get<Forest>(model.ensemble.members[static_cast<std::size_t>(member)].model.kind())));
    const auto& reference = model.reference;
    std::vector<std::uint32_t> rows;
    for (std::size_t i = 0; i < reference.labels.size(); ++i)
        if (!std::isnan(reference.labels[i])) rows.push_back(static_cast<std::uint32_t>(i));
    if (rows.size() > sales_max) {
        std::ranges::stable_sort(rows, [&](auto a, auto b) { return reference.days[a] > reference.days[b]; });
        rows.resize(sales_max);
        std::ranges::sort(rows);
    }
    std::size_t trees = probe.parts().trees.size();
    Sales sales{rows, std::vector<std::uint16_t>(rows.size() * trees), probe};
    constexpr std::size_t block_rows = 64;
    parallel_for((rows.size() + block_rows - 1) / block_rows, [&](std::size_t block) {
        std::vector<double> encoded(model.encoder.features().size());
        for (std::size_t k = block * block_rows; k < std::min(rows.size(), (block + 1) * block_rows); ++k) {
            auto raw = reference.raw.row(rows[k]);
            model.encoder.encode(raw, encoded);
            auto leaves = leaf_row(probe, encoded);
            std::ranges::copy(leaves, sales.leaves.begin() + static_cast<std::ptrdiff_t>(k * trees));
        }
    });
    index.sales_ = std::make_shared<const Sales>(std::move(sales));
    return index;
}

std::vector<Comparable> ComparableIndex::nearest(const TrainedModel& model, const Subject& subject, std::size_t count) const {
    if (!sales_ || count == 0) return {};
    const auto& reference = model.reference;
    std::size_t trees = sales_->probe.parts().trees.size();
    auto own = leaf_row(sales_->probe, subject.encoded);
    double subject_day = model.day(subject.raw);
    struct Found {
        std::uint32_t shared, sale;
    };
    std::vector<Found> found;
    found.reserve(sales_->rows.size());
    for (std::size_t k = 0; k < sales_->rows.size(); ++k) {
        const auto* leaves = sales_->leaves.data() + k * trees;
        std::uint32_t shared = 0;
        for (std::size_t t = 0; t < trees; ++t) shared += leaves[t] == own[t];
        auto row = sales_->rows[k];
        if (shared == 0 || reference.ids[row] == subject.id || reference.days[row] > subject_day) continue;
        found.push_back({shared, static_cast<std::uint32_t>(k)});
    }
    auto day_of = [&](const Found& one) {
        return std::isnan(reference.days[sales_->rows[one.sale]]) ? 0 : reference.days[sales_->rows[one.sale]];
    };
    auto before = [&](const Found& a, const Found& b) {
        if (a.shared != b.shared) return a.shared > b.shared;
        if (day_of(a) != day_of(b)) return day_of(a) > day_of(b);
        return a.sale < b.sale;
    };
    auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(count, found.size()));
    std::ranges::partial_sort(found, end, before);
    std::vector<Comparable> comparables;
    std::vector<double> encoded(model.encoder.features().size());
    for (auto one = found.begin(); one != end; ++one) {
        auto row = sales_->rows[one->sale];
        auto raw = reference.raw.row(row);
        model.encoder.encode(raw, encoded);
        double own_value = model.in_label_unit(model.answer(raw, encoded).score);
        Comparable comparable{.id = reference.ids[row], .price = reference.labels[row], .sold = EventTime::missing()};
        if (!std::isnan(reference.days[row])) comparable.sold = EventTime{static_cast<std::int64_t>(reference.days[row] * 86'400e6)};
        comparable.similarity = static_cast<double>(one->shared) / static_cast<double>(trees);
        comparable.distance_km = distance_km(coordinate(model.encoder, subject.raw, 0), coordinate(model.encoder, subject.raw, 1),
                                             coordinate(model.encoder, raw, 0), coordinate(model.encoder, raw, 1));
        comparable.adjusted_price = model.log_label ? comparable.price * subject.value / own_value
                                                    : comparable.price + subject.value - own_value;
        for (std::size_t j = 0; j < raw.size(); ++j)
            if (model.encoder.inputs()[j].name != model.time_column)
                comparable.features.emplace_back(model.encoder.inputs()[j].name, feature_value(model.encoder.inputs()[j], raw[j]));
        comparables.push_back(std::move(comparable));
    }
    return comparables;
}

}  // namespace quoin
