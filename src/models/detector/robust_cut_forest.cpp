#include "models/detector/robust_cut_forest.h"

#include <algorithm>
#include <cmath>

#include "base/rng.h"

namespace quoin {
namespace {

constexpr std::string_view tape_kind = "robust cut forest";
constexpr std::uint32_t tape_version = 1;
constexpr double value_limit = 1e150;        // ranges and their sum stay finite
constexpr std::size_t cells_max = 1u << 22;  // 128 MiB of boxes
constexpr double memory_points_max = 1e12;

Status check(const CutForestOptions& options) {
    if (options.dimensions < 1 || options.dimensions > 4096)
        return fail_field(ErrorKind::invalid, "dimensions", "a cut forest takes points of 1 to 4096 dimensions, not {}",
                          options.dimensions);
    if (options.trees < 1 || options.trees > 1000)
        return fail_field(ErrorKind::invalid, "trees", "a cut forest has 1 to 1000 trees, not {}", options.trees);
    if (options.sample_size < 2 || options.sample_size > 65536)
        return fail_field(ErrorKind::invalid, "sample_size", "a tree holds 2 to 65536 points, not {}", options.sample_size);
    if (options.trees * options.sample_size * options.dimensions > cells_max)
        return fail(ErrorKind::too_large, "trees × sample size × dimensions of a cut forest may not exceed {}", cells_max);
    if (!(options.memory_points == 0 || (options.memory_points >= 1 && options.memory_points <= memory_points_max)))
        return fail_field(ErrorKind::invalid, "memory_points", "the memory is 0 (the latest points) or 1 to 1e12 points, not {}",
                          options.memory_points);
    return {};
}

std::size_t largest(std::span<const double> weights) {
    return static_cast<std::size_t>(std::max_element(weights.begin(), weights.end()) - weights.begin());
}

}  // namespace

RobustCutForest::RobustCutForest(const CutForestOptions& options) : options_(options) {
    for (std::size_t i = 0; i < options.trees; ++i) trees_.push_back({CutTree(options.dimensions, options.sample_size + 1), {}});
}

Result<RobustCutForest> RobustCutForest::make(const CutForestOptions& options) {
    TRY_VOID(check(options));
    return RobustCutForest(options);
}

/// The new point takes the free key; then the oldest goes, or the one with the largest weight, which may be the new one.
Displacement RobustCutForest::learn(std::size_t number, std::span<const double> point) {
    auto& sampled = trees_[number];
    Rng rng = Rng(options_.seed).split(number).split(points_);
    std::size_t keys = options_.sample_size + 1, key = points_ < keys ? points_ : sampled.spare;
    if (options_.memory_points == 0) key = points_ % keys;
    sampled.tree.insert(key, point, [&] { return rng.uniform(); });
    auto displacement = sampled.tree.displacement(key);
    if (options_.memory_points == 0) {
        if (sampled.tree.size() == keys) sampled.tree.erase((points_ + 1) % keys);
        return displacement;
    }
    // −ln u / w with the weight w = exp(age / memory), as a logarithm; 1 − u is above 0.
    double weight = std::log(-std::log1p(-rng.uniform()) + 1e-300) - static_cast<double>(points_) / options_.memory_points;
    if (sampled.weights.size() <= key) sampled.weights.resize(key + 1);
    sampled.weights[key] = weight;
    if (sampled.weights[sampled.last] < weight) sampled.last = key;
    if (sampled.tree.size() < keys) return displacement;
    sampled.tree.erase(sampled.last);
    sampled.spare = sampled.last;
    sampled.weights[sampled.spare] = -INFINITY;
    sampled.last = largest(sampled.weights);
    return displacement;
}

Result<double> RobustCutForest::update(std::span<const double> point, std::span<double> attribution) {
    if (point.size() != options_.dimensions)
        return fail(ErrorKind::invalid, "the point has {} values; the cut forest takes {}", point.size(), options_.dimensions);
    for (double value : point)
        if (!(std::abs(value) <= value_limit)) return fail(ErrorKind::invalid, "a cut forest cannot score the value {}", value);
    std::fill(attribution.begin(), attribution.end(), 0.0);
    double sum = 0, share = 1 / static_cast<double>(trees_.size());
    for (std::size_t i = 0; i < trees_.size(); ++i) {
        auto displacement = learn(i, point);
        sum += displacement.score;
        if (!attribution.empty() && displacement.dimension >= 0)
            attribution[static_cast<std::size_t>(displacement.dimension)] += displacement.score * share;
    }
    ++points_;
    return sum * share;
}

std::vector<std::byte> RobustCutForest::save() const {
    TapeWriter tape;
    for (std::size_t number : {options_.dimensions, options_.trees, options_.sample_size}) tape.whole(number);
    tape.number(options_.memory_points);
    tape.whole(options_.seed);
    tape.whole(points_);
    for (const auto& sampled : trees_) {
        sampled.tree.save(tape);
        if (options_.memory_points == 0) continue;
        std::size_t spare = sampled.weights.size() == options_.sample_size + 1 ? sampled.spare : sampled.weights.size();
        tape.whole(spare);
        for (std::size_t key = 0; key < sampled.weights.size(); ++key)
            if (key != spare) tape.number(sampled.weights[key]);
    }
    return tape.finish(tape_kind, tape_version);
}

Result<RobustCutForest> RobustCutForest::load(std::span<const std::byte> bytes) {
    TRY(tape, TapeReader::open(bytes, tape_kind, tape_version));
    CutForestOptions options;
    options.dimensions = tape.whole(1, 4096);
    options.trees = tape.whole(1, 1000);
    options.sample_size = tape.whole(2, 65536);
    options.memory_points = tape.number_within(0, memory_points_max);
    options.seed = tape.whole(0, UINT64_MAX);
    auto points = tape.whole(0, UINT64_MAX / 2);
    if (!tape.sound() || !check(options)) return fail(ErrorKind::corrupt, "the saved {} has options out of range", tape_kind);
    std::uint64_t held = std::min<std::uint64_t>(points, options.sample_size), keys = options.sample_size + 1;
    RobustCutForest forest(options);
    forest.points_ = points;
    for (auto& sampled : forest.trees_) {
        sampled.tree = CutTree::load(tape, options.dimensions, keys);
        tape.require(sampled.tree.size() == held);
        if (options.memory_points == 0) {
            for (std::uint64_t age = 0; age < held && tape.sound(); ++age) tape.require(sampled.tree.holds((points - 1 - age) % keys));
            continue;
        }
        sampled.spare = tape.whole(0, held);
        sampled.weights.assign(held == points ? held : keys, -INFINITY);
        if (points == held) tape.require(sampled.spare == held);
        for (std::size_t key = 0; key < sampled.weights.size() && tape.sound(); ++key) {
            if (key == sampled.spare) continue;
            sampled.weights[key] = tape.number();
            tape.require(sampled.tree.holds(key));
        }
        if (!sampled.weights.empty()) sampled.last = largest(sampled.weights);
    }
    TRY_VOID(tape.finish());
    return forest;
}

}  // namespace quoin
