#include "prediction/comparables.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "base/parallel.h"
#include "prediction/leaf_table.h"
#include "prediction/wording.h"

namespace quoin {
namespace {

constexpr std::size_t probe_trees = 96;  ///< evenly spread over the heaviest forest
const std::string prepared_name = "comparables";

/// Heaviest member that is a forest; −1 if there is none.
int heaviest_forest(const Ensemble& ensemble) {
    int best = -1;
    for (std::size_t m = 0; m < ensemble.members.size(); ++m) {
        if (!std::holds_alternative<Forest>(ensemble.members[m].model.kind())) continue;
        if (best < 0 || ensemble.members[m].weight > ensemble.members[static_cast<std::size_t>(best)].weight) best = static_cast<int>(m);
    }
    return best;
}

/// The forest whose leaves make rows similar; -1: none, and a time until an event has no comparables.
int forest_of(const TrainedModel& model) { return model.time_to_event ? -1 : heaviest_forest(model.ensemble); }

/// The probe trees alone, so that asking for leaves walks nothing else.
Forest::Parts probe_parts(const TrainedModel& model, int member) {
    const auto& forest = std::get<Forest>(model.ensemble.members[static_cast<std::size_t>(member)].model.kind());
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
    return probe;
}

/// The leaf of each sale in each tree, as an index of the probe's nodes: sales × trees.
std::vector<std::uint32_t> leaves_of(const TrainedModel& model, const Forest& probe, std::span<const std::uint32_t> rows) {
    std::size_t trees = probe.parts().trees.size();
    std::vector<std::uint32_t> leaves(rows.size() * trees);
    constexpr std::size_t block_rows = 64;
    parallel_for((rows.size() + block_rows - 1) / block_rows, [&](std::size_t block) {
        auto first = block * block_rows, last = std::min(rows.size(), first + block_rows);
        Matrix encoded(last - first, model.encoder.features().size());
        for (std::size_t k = first; k < last; ++k) model.encoder.encode(model.reference.raw.row(rows[k]), encoded.row(k - first));
        std::ranges::copy(probe.leaves(encoded.view()), leaves.begin() + static_cast<std::ptrdiff_t>(first * trees));
    });
    return leaves;
}

double coordinate(const Encoder& encoder, std::span<const double> raw, std::size_t which) {
    for (const auto& feature : encoder.features())
        if (feature.kind == FeatureKind::rotation || feature.kind == FeatureKind::wave) return raw[feature.inputs[which]];
    return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

struct ComparableIndex::Sales {
    Sales(Array<std::uint32_t> own_rows, Forest own_probe, LeafTable own_leaves)
        : rows(std::move(own_rows)), probe(std::move(own_probe)), leaves(std::move(own_leaves)),
          values(std::make_unique<std::atomic<double>[]>(rows.size())) {
        for (std::size_t k = 0; k < rows.size(); ++k) values[k].store(std::nan(""), std::memory_order_relaxed);
    }

    Array<std::uint32_t> rows;  ///< reference row of each sale
    Forest probe;
    LeafTable leaves;
    /// What the model says of each sale, by index of the sale; NaN: nobody has asked yet. It never changes, so who comes second may
    /// write it again.
    std::unique_ptr<std::atomic<double>[]> values;

    double value(const TrainedModel& model, std::uint32_t sale) const {
        double known = values[sale].load(std::memory_order_relaxed);
        if (!std::isnan(known)) return known;
        auto raw = model.reference.raw.row(rows[sale]);
        std::vector<double> encoded(model.encoder.features().size());
        model.encoder.encode(raw, encoded);
        known = model.in_label_unit(model.ensemble.predict(encoded) + model.time_level(model.day(raw)));
        values[sale].store(known, std::memory_order_relaxed);
        return known;
    }
};

Result<ComparableIndex> ComparableIndex::make(const TrainedModel& model, std::size_t sales_max) {
    ComparableIndex index;
    int member = forest_of(model);
    if (member < 0) return index;
    TRY(probe, Forest::make(probe_parts(model, member)));
    const auto& reference = model.reference;
    std::vector<std::uint32_t> rows;
    for (std::size_t i = 0; i < reference.labels.size(); ++i)
        if (!std::isnan(reference.labels[i])) rows.push_back(static_cast<std::uint32_t>(i));
    if (rows.size() > sales_max) {
        std::ranges::stable_sort(rows, [&](auto a, auto b) { return reference.days[a] > reference.days[b]; });
        rows.resize(sales_max);
        std::ranges::sort(rows);
    }
    LeafTable leaves(probe, leaves_of(model, probe, rows));
    index.sales_ = std::make_shared<const Sales>(std::move(rows), std::move(probe), std::move(leaves));
    return index;
}

void ComparableIndex::save_prepared(ArrayFileWriter& file) const {
    if (!sales_) return;
    file.add(prepared_name + "/sales", sales_->rows);
    sales_->probe.save_prepared(file, prepared_name);
    sales_->leaves.save_prepared(file, prepared_name);
}

Result<ComparableIndex> ComparableIndex::restore(const TrainedModel& model, const ArrayFile& file) {
    ComparableIndex index;
    int member = forest_of(model);
    if (member < 0) return index;
    TRY(rows, file.array<std::uint32_t>(prepared_name + "/sales"));
    TRY(probe, Forest::restore(probe_parts(model, member), file, prepared_name));
    TRY(leaves, LeafTable::restore(file, prepared_name));
    index.sales_ = std::make_shared<const Sales>(std::move(rows), std::move(probe), std::move(leaves));
    return index;
}

namespace {

struct Found {
    std::uint32_t shared, sale;
};

/// The `count` sales that share most leaves with the subject, best first; of equals the latest. Not the subject itself, nor later sales.
template <class Sales>
std::vector<Found> most_similar(const Sales& sales, const TrainedModel& model, const ComparableIndex::Subject& subject, std::size_t count) {
    const auto& reference = model.reference;
    double subject_day = model.day(subject.raw);
    auto day_of = [&](const Found& one) {
        double day = reference.days[sales.rows[one.sale]];
        return std::isnan(day) ? 0 : day;
    };
    auto before = [&](const Found& a, const Found& b) {
        if (a.shared != b.shared) return a.shared > b.shared;
        if (day_of(a) != day_of(b)) return day_of(a) > day_of(b);
        return a.sale < b.sale;
    };
    std::vector<Found> best;  // a heap with the last of them in front
    auto shared = sales.leaves.shared(sales.probe.leaves({subject.encoded.data(), 1, subject.encoded.size()}));
    for (std::uint32_t sale = 0; sale < shared.size(); ++sale) {
        if (shared[sale] == 0 || (best.size() == count && shared[sale] < best.front().shared)) continue;
        auto row = sales.rows[sale];
        if (reference.ids[row] == subject.id || reference.days[row] > subject_day) continue;
        best.push_back({shared[sale], sale});
        std::ranges::push_heap(best, before);
        if (best.size() <= count) continue;
        std::ranges::pop_heap(best, before);
        best.pop_back();
    }
    std::ranges::sort_heap(best, before);
    return best;
}

}  // namespace

std::vector<Comparable> ComparableIndex::nearest(const TrainedModel& model, const Subject& subject, std::size_t count) const {
    if (!sales_ || count == 0) return {};
    const auto& reference = model.reference;
    std::size_t trees = sales_->probe.parts().trees.size();
    std::vector<Comparable> comparables;
    for (const auto& one : most_similar(*sales_, model, subject, count)) {
        auto row = sales_->rows[one.sale];
        auto raw = reference.raw.row(row);
        double own_value = sales_->value(model, one.sale);
        Comparable comparable{.id = reference.ids[row], .price = reference.labels[row], .sold = EventTime::missing()};
        if (!std::isnan(reference.days[row])) comparable.sold = EventTime{static_cast<std::int64_t>(reference.days[row] * 86'400e6)};
        comparable.similarity = static_cast<double>(one.shared) / static_cast<double>(trees);
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
