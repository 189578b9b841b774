#include "models/detector/isolation_forest.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

#include "base/parallel.h"
#include "base/rng.h"
#include "models/number_tape.h"

namespace quoin {
namespace {

constexpr std::string_view tape_kind = "isolation forest";
constexpr std::uint32_t tape_version = 1;
constexpr std::size_t trees_max = 10000, dimensions_max = 4096, sample_max = 1u << 20, nodes_max = 1u << 24;

using Node = IsolationForest::Node;

/// Grows one tree on a sample of rows, depth first.
class Growth {
public:
    Growth(MatrixView<const double> rows, const IsolationOptions& options, Rng rng) : rows_(rows), options_(options), rng_(rng) {
        std::size_t size = std::min(options.sample_size, rows.rows());
        depth_max_ = static_cast<std::size_t>(std::ceil(std::log2(static_cast<double>(std::max<std::size_t>(size, 2)))));
        sample_.resize(rows.rows());
        for (std::size_t i = 0; i < sample_.size(); ++i) sample_[i] = i;
        for (std::size_t i = 0; i < size; ++i) std::swap(sample_[i], sample_[i + rng_.below(sample_.size() - i)]);
        sample_.resize(size);
        grow(0, size, 0);
    }
    std::vector<Node> nodes;
    std::vector<double> normals;

private:
    using Index = std::ptrdiff_t;

    std::int32_t grow(std::size_t first, std::size_t last, std::size_t depth) {
        auto number = static_cast<std::int32_t>(nodes.size());
        nodes.push_back({.count = static_cast<std::uint32_t>(last - first)});
        if (last - first <= 1 || depth >= depth_max_ || !ranges(first, last)) return number;
        Node cut = options_.extension_level == 0 ? axis_cut() : plane_cut();
        auto goes_left = [&](std::size_t row) { return value_of(cut, rows_.row(row)) <= cut.place; };
        auto middle = std::partition(sample_.begin() + static_cast<Index>(first), sample_.begin() + static_cast<Index>(last), goes_left);
        auto split = static_cast<std::size_t>(middle - sample_.begin());
        cut.count = nodes.back().count;
        cut.left = grow(first, split, depth + 1);
        cut.right = grow(split, last, depth + 1);
        nodes[static_cast<std::size_t>(number)] = cut;
        return number;
    }

    double value_of(const Node& cut, std::span<const double> row) const {
        if (cut.dimension >= 0) return row[static_cast<std::size_t>(cut.dimension)];
        double sum = 0;
        for (std::size_t j = 0; j < row.size(); ++j) sum += normals[cut.normal + j] * row[j];
        return sum;
    }

    /// Fills `spread_` with the dimensions that vary in the node, and their limits; whether there is one.
    bool ranges(std::size_t first, std::size_t last) {
        low_.assign(rows_.columns(), INFINITY);
        high_.assign(rows_.columns(), -INFINITY);
        for (std::size_t i = first; i < last; ++i)
            for (std::size_t j = 0; j < rows_.columns(); ++j) {
                low_[j] = std::min(low_[j], rows_(sample_[i], j));
                high_[j] = std::max(high_[j], rows_(sample_[i], j));
            }
        spread_.clear();
        for (std::size_t j = 0; j < rows_.columns(); ++j)
            if (low_[j] < high_[j]) spread_.push_back(j);
        return !spread_.empty();
    }

    Node axis_cut() {
        std::size_t j = spread_[rng_.below(spread_.size())];
        double place = low_[j] + rng_.uniform() * (high_[j] - low_[j]);
        return {.dimension = static_cast<std::int32_t>(j), .place = std::min(place, std::nextafter(high_[j], low_[j]))};
    }

    /// A random normal in extension_level + 1 dimensions through a random point of the node's box.
    Node plane_cut() {
        Node cut{.normal = static_cast<std::uint32_t>(normals.size())};
        std::vector<std::size_t> dimensions(rows_.columns());
        for (std::size_t j = 0; j < dimensions.size(); ++j) dimensions[j] = j;
        rng_.shuffle(std::span(dimensions));
        std::vector<double> normal(rows_.columns(), 0.0);
        for (std::size_t j = 0; j <= options_.extension_level; ++j) normal[dimensions[j]] = rng_.normal();
        for (std::size_t j = 0; j < normal.size(); ++j) cut.place += normal[j] * (low_[j] + rng_.uniform() * (high_[j] - low_[j]));
        normals.insert(normals.end(), normal.begin(), normal.end());
        return cut;
    }

    MatrixView<const double> rows_;
    const IsolationOptions& options_;
    Rng rng_;
    std::size_t depth_max_ = 0;
    std::vector<std::size_t> sample_, spread_;
    std::vector<double> low_, high_;
};

Status check(MatrixView<const double> rows, const IsolationOptions& options) {
    if (rows.rows() < 1 || rows.columns() < 1 || rows.columns() > dimensions_max)
        return fail(ErrorKind::invalid, "an isolation forest learns from rows of 1 to {} values; there are {} rows of {}", dimensions_max,
                    rows.rows(), rows.columns());
    for (std::size_t i = 0; i < rows.rows(); ++i)
        for (double value : rows.row(i))
            if (!(std::abs(value) <= 1e150)) return fail(ErrorKind::invalid, "row {} holds {}, which no forest can learn from", i, value);
    if (options.trees < 1 || options.trees > trees_max || options.sample_size < 1 || options.sample_size > sample_max)
        return fail(ErrorKind::invalid, "an isolation forest has 1 to {} trees of 1 to {} rows", trees_max, sample_max);
    if (options.extension_level >= rows.columns())
        return fail_field(ErrorKind::invalid, "extension_level", "the extension level of {} columns is 0 to {}, not {}", rows.columns(),
                          rows.columns() - 1, options.extension_level);
    return {};
}

}  // namespace

double isolation_path_mean(double points) {
    if (points <= 1) return 0;
    if (points == 2) return 1;
    return 2 * (std::log(points - 1) + std::numbers::egamma) - 2 * (points - 1) / points;
}

Result<IsolationForest> IsolationForest::fit(MatrixView<const double> rows, const IsolationOptions& options) {
    TRY_VOID(check(rows, options));
    std::vector<std::vector<double>> normals(options.trees);
    Parts parts{.dimensions = rows.columns(), .sample_size = std::min(options.sample_size, rows.rows())};
    parts.trees.resize(options.trees);
    Rng rng(options.seed);
    parallel_for(options.trees, [&](std::size_t tree) {
        Growth growth(rows, options, rng.split(tree));
        parts.trees[tree] = std::move(growth.nodes);
        normals[tree] = std::move(growth.normals);
    });
    for (std::size_t tree = 0; tree < options.trees; ++tree) {
        auto start = static_cast<std::uint32_t>(parts.normals.size());
        if (parts.normals.size() + normals[tree].size() > UINT32_MAX)
            return fail(ErrorKind::too_large, "the planes of this extended isolation forest do not fit; take fewer trees");
        for (Node& node : parts.trees[tree]) node.normal += node.left >= 0 && node.dimension < 0 ? start : 0;
        parts.normals.insert(parts.normals.end(), normals[tree].begin(), normals[tree].end());
    }
    return IsolationForest(std::move(parts));
}

Result<IsolationForest> IsolationForest::make(Parts parts) {
    if (parts.dimensions < 1 || parts.dimensions > dimensions_max || parts.sample_size < 1 || parts.sample_size > sample_max ||
        parts.trees.empty() || parts.trees.size() > trees_max)
        return fail(ErrorKind::invalid, "an isolation forest of {} trees, {} dimensions and samples of {} is out of range",
                    parts.trees.size(), parts.dimensions, parts.sample_size);
    for (double value : parts.normals)
        if (!std::isfinite(value)) return fail(ErrorKind::invalid, "a plane of the isolation forest leans by {}", value);
    for (const auto& tree : parts.trees) {
        if (tree.empty()) return fail(ErrorKind::invalid, "a tree of the isolation forest has no node");
        for (std::size_t i = 0; i < tree.size(); ++i) {
            const Node& node = tree[i];
            auto below = [&](std::int32_t child) {
                return child > static_cast<std::int64_t>(i) && child < static_cast<std::int64_t>(tree.size());
            };
            bool leaf = node.left < 0 && node.right < 0;
            bool plane = node.dimension < 0 && node.normal + parts.dimensions <= parts.normals.size();
            bool axis = node.dimension >= 0 && static_cast<std::size_t>(node.dimension) < parts.dimensions;
            if (node.count > sample_max ||
                !(leaf || (below(node.left) && below(node.right) && (plane || axis) && std::isfinite(node.place))))
                return fail(ErrorKind::invalid, "node {} of a tree of the isolation forest does not fit", i);
        }
    }
    return IsolationForest(std::move(parts));
}

double IsolationForest::path(const std::vector<Node>& tree, std::span<const double> point) const {
    std::size_t depth = 0, at = 0;
    for (; tree[at].left >= 0; ++depth) {
        const Node& node = tree[at];
        double value = 0;
        if (node.dimension >= 0) value = point[static_cast<std::size_t>(node.dimension)];
        else
            for (std::size_t j = 0; j < point.size(); ++j) value += parts_.normals[node.normal + j] * point[j];
        at = static_cast<std::size_t>(value <= node.place ? node.left : node.right);
    }
    return static_cast<double>(depth) + isolation_path_mean(tree[at].count);
}

double IsolationForest::score(std::span<const double> point) const {
    assert(point.size() == parts_.dimensions);
    double sum = 0;
    for (const auto& tree : parts_.trees) sum += path(tree, point);
    double usual = isolation_path_mean(static_cast<double>(parts_.sample_size));
    // A sample of one row tells nothing apart.
    return usual == 0 ? 0.5 : std::exp2(-sum / (static_cast<double>(parts_.trees.size()) * usual));
}

std::vector<std::byte> IsolationForest::save() const {
    TapeWriter tape;
    tape.whole(parts_.dimensions);
    tape.whole(parts_.sample_size);
    tape.numbers(parts_.normals);
    tape.whole(parts_.trees.size());
    for (const auto& tree : parts_.trees) {
        tape.whole(tree.size());
        for (const Node& node : tree) {
            tape.whole(node.left < 0 ? 0 : static_cast<std::uint64_t>(node.left));
            tape.whole(node.left < 0 ? 0 : static_cast<std::uint64_t>(node.right));
            tape.whole(node.dimension < 0 ? 0 : static_cast<std::uint64_t>(node.dimension) + 1);
            tape.whole(node.normal);
            tape.number(node.place);
            tape.whole(node.count);
        }
    }
    return tape.finish(tape_kind, tape_version);
}

Result<IsolationForest> IsolationForest::load(std::span<const std::byte> bytes) {
    TRY(tape, TapeReader::open(bytes, tape_kind, tape_version));
    Parts parts;
    parts.dimensions = tape.whole(1, dimensions_max);
    parts.sample_size = tape.whole(1, sample_max);
    parts.normals = tape.numbers(bytes.size() / 8);
    parts.trees.resize(tape.whole(1, std::min(trees_max, bytes.size() / 8 + 1)));
    for (auto& tree : parts.trees) {
        auto count = tape.whole(1, std::min(nodes_max, bytes.size() / 48 + 1));
        for (std::uint64_t i = 0; i < count && tape.sound(); ++i) {
            Node node;
            auto left = tape.whole(0, nodes_max), right = tape.whole(0, nodes_max);
            node.left = left == 0 ? -1 : static_cast<std::int32_t>(left);
            node.right = left == 0 ? -1 : static_cast<std::int32_t>(right);
            tape.require(left != 0 || right == 0);
            node.dimension = static_cast<std::int32_t>(tape.whole(0, dimensions_max)) - 1;
            node.normal = static_cast<std::uint32_t>(tape.whole(0, UINT32_MAX));
            node.place = tape.number();
            node.count = static_cast<std::uint32_t>(tape.whole(0, sample_max));
            tree.push_back(node);
        }
    }
    TRY_VOID(tape.finish());
    auto forest = make(std::move(parts));
    if (!forest) return fail(ErrorKind::corrupt, "{}", forest.error().message);
    return forest;
}

}  // namespace quoin
