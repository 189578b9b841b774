#include "models/detector/half_space_trees.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "base/rng.h"

namespace quoin {
namespace {

constexpr std::string_view tape_kind = "half-space trees";
constexpr std::uint32_t tape_version = 1;
constexpr std::size_t nodes_max = 1u << 23;
constexpr std::uint64_t points_max = std::uint64_t{1} << 32;  // × 2 points of the smallest window: the number of a window fits 32 bits

Status check(const HalfSpaceOptions& options) {
    auto refuse = [](const char* field, const char* remedy) {
        return fail_field(ErrorKind::invalid, field, "half-space trees take {}", remedy);
    };
    if (options.dimensions < 1 || options.dimensions > 4096) return refuse("dimensions", "points of 1 to 4096 dimensions");
    if (options.trees < 1 || options.trees > 1000) return refuse("trees", "1 to 1000 trees");
    if (options.depth < 1 || options.depth > 20) return refuse("depth", "a depth of 1 to 20");
    if (options.window < 2 || options.window > 65535) return refuse("window", "a window of 2 to 65535 points");
    if (!(options.size_limit_share >= 0 && options.size_limit_share < 1)) return refuse("size_limit_share", "a size limit in [0, 1)");
    if (options.trees * (std::size_t{2} << options.depth) > nodes_max)
        return fail(ErrorKind::too_large, "half-space trees may have {} nodes together; take fewer trees or less depth", nodes_max);
    return {};
}

/// The cuts of one tree: work ranges as in algorithm 1 of the paper, halved along a random dimension at every node.
std::vector<HalfSpaceTrees::Split> random_splits(const HalfSpaceOptions& options, Rng rng) {
    std::vector<double> root(2 * options.dimensions);
    for (std::size_t j = 0; j < options.dimensions; ++j) {
        double centre = rng.uniform(), reach = 2 * std::max(centre, 1 - centre);
        root[2 * j] = centre - reach;
        root[2 * j + 1] = centre + reach;
    }
    std::size_t inner = (std::size_t{1} << options.depth) - 1;
    std::vector<HalfSpaceTrees::Split> splits(inner);
    for (auto& split : splits) split.dimension = static_cast<std::uint32_t>(rng.below(options.dimensions));
    for (std::size_t node = 0; node < inner; ++node) {  // the work range of a node follows from the cuts above it
        auto dimension = splits[node].dimension;
        double low = root[2 * dimension], high = root[2 * dimension + 1];
        for (std::size_t child = node; child > 0; child = (child - 1) / 2) {
            const auto& above = splits[(child - 1) / 2];
            if (above.dimension != dimension) continue;
            if (child % 2 == 1) high = std::min(high, above.place);
            else low = std::max(low, above.place);
        }
        splits[node].place = (low + high) / 2;
    }
    return splits;
}

}  // namespace

HalfSpaceTrees::HalfSpaceTrees(const HalfSpaceOptions& options) : options_(options), nodes_(options.trees * tree_size()) {}

Result<HalfSpaceTrees> HalfSpaceTrees::make(const HalfSpaceOptions& options) {
    TRY_VOID(check(options));
    std::vector<Split> splits;
    for (std::size_t tree = 0; tree < options.trees; ++tree) {
        auto own = random_splits(options, Rng(options.seed).split(tree));
        splits.insert(splits.end(), own.begin(), own.end());
    }
    return with_splits(options, splits);
}

Result<HalfSpaceTrees> HalfSpaceTrees::with_splits(const HalfSpaceOptions& options, std::span<const Split> splits) {
    TRY_VOID(check(options));
    HalfSpaceTrees trees(options);
    std::size_t inner = (std::size_t{1} << options.depth) - 1;
    if (splits.size() != options.trees * inner)
        return fail(ErrorKind::invalid, "{} trees of depth {} have {} cuts, not {}", options.trees, options.depth, options.trees * inner,
                    splits.size());
    for (std::size_t i = 0; i < splits.size(); ++i) {
        if (splits[i].dimension >= options.dimensions || !std::isfinite(splits[i].place))
            return fail(ErrorKind::invalid, "cut {} is in dimension {} of {} at {}", i, splits[i].dimension, options.dimensions,
                        splits[i].place);
        auto& node = trees.nodes_[i / inner * trees.tree_size() + i % inner];
        node.dimension = splits[i].dimension;
        node.place = splits[i].place;
    }
    return trees;
}

std::uint32_t HalfSpaceTrees::last_count(const Node& node, std::uint32_t now) {
    return node.window == now ? node.last : node.window + 1 == now ? node.current : 0;
}

void HalfSpaceTrees::count(Node& node, std::uint32_t now) {
    if (node.window != now) {
        node.last = static_cast<std::uint16_t>(last_count(node, now));
        node.current = 0;
        node.window = now;
    }
    ++node.current;
}

double HalfSpaceTrees::walk(std::size_t tree, std::span<const double> point) const {
    const Node* nodes = nodes_.data() + tree * tree_size();
    std::uint32_t now = window_now();
    double limit = options_.size_limit_share * static_cast<double>(options_.window);
    std::size_t node = 0;
    for (std::size_t level = 0;; ++level) {
        double held = last_count(nodes[node], now);
        if (level == options_.depth || held < limit) return std::ldexp(held, static_cast<int>(level));
        node = 2 * node + (point[nodes[node].dimension] < nodes[node].place ? 1 : 2);
    }
}

double HalfSpaceTrees::mass(std::span<const double> point) const {
    assert(point.size() == options_.dimensions);
    double sum = 0;
    if (points_ >= options_.window)
        for (std::size_t tree = 0; tree < options_.trees; ++tree) sum += walk(tree, point);
    return sum;
}

double HalfSpaceTrees::score(double mass) const { return -std::log2((mass + 1) / static_cast<double>(options_.trees * options_.window)); }

Result<double> HalfSpaceTrees::update(std::span<const double> point) {
    if (point.size() != options_.dimensions)
        return fail(ErrorKind::invalid, "the point has {} values; the half-space trees take {}", point.size(), options_.dimensions);
    for (double value : point)
        if (!std::isfinite(value)) return fail(ErrorKind::invalid, "half-space trees cannot score the value {}", value);
    if (points_ >= points_max) return fail(ErrorKind::too_large, "half-space trees learn at most {} points", points_max);
    std::uint32_t now = window_now();
    double limit = options_.size_limit_share * static_cast<double>(options_.window), sum = 0;
    for (std::size_t tree = 0; tree < options_.trees; ++tree) {
        Node* nodes = nodes_.data() + tree * tree_size();
        bool walking = true;
        for (std::size_t level = 0, node = 0;; ++level) {
            double held = last_count(nodes[node], now);
            if (walking && (level == options_.depth || held < limit)) {
                sum += held * static_cast<double>(std::uint64_t{1} << level);
                walking = false;
            }
            count(nodes[node], now);
            if (level == options_.depth) break;
            node = 2 * node + (point[nodes[node].dimension] < nodes[node].place ? 1 : 2);
        }
    }
    double answer = points_ < options_.window ? 0 : score(sum);
    ++points_;
    return answer;
}

std::vector<std::byte> HalfSpaceTrees::save() const {
    TapeWriter tape;
    for (std::size_t number : {options_.dimensions, options_.trees, options_.depth, options_.window}) tape.whole(number);
    tape.number(options_.size_limit_share);
    tape.whole(options_.seed);
    tape.whole(points_);
    for (const Node& node : nodes_) {
        tape.number(node.place);
        tape.whole(node.dimension);
        tape.whole(std::uint64_t{node.window} << 32 | std::uint64_t{node.current} << 16 | node.last);
    }
    return tape.finish(tape_kind, tape_version);
}

Result<HalfSpaceTrees> HalfSpaceTrees::load(std::span<const std::byte> bytes) {
    TRY(tape, TapeReader::open(bytes, tape_kind, tape_version));
    HalfSpaceOptions options;
    options.dimensions = tape.whole(1, 4096);
    options.trees = tape.whole(1, 1000);
    options.depth = tape.whole(1, 20);
    options.window = tape.whole(2, 65535);
    options.size_limit_share = tape.number_within(0, 1);
    options.seed = tape.whole(0, UINT64_MAX);
    auto points = tape.whole(0, points_max);
    if (!tape.sound() || !check(options) || bytes.size() < options.trees * (std::size_t{2} << options.depth))
        return fail(ErrorKind::corrupt, "the saved {} have options that do not fit them", tape_kind);
    HalfSpaceTrees trees(options);
    trees.points_ = points;
    for (Node& node : trees.nodes_) {
        node.place = tape.number();
        node.dimension = static_cast<std::uint32_t>(tape.whole(0, options.dimensions - 1));
        auto packed = tape.whole(0, UINT64_MAX);
        node.window = static_cast<std::uint32_t>(packed >> 32);
        node.current = static_cast<std::uint16_t>(packed >> 16);
        node.last = static_cast<std::uint16_t>(packed);
        tape.require(node.window <= trees.window_now() && node.current <= options.window && node.last <= options.window);
        if (!tape.sound()) break;
    }
    TRY_VOID(tape.finish());
    return trees;
}

}  // namespace quoin
