#pragma once

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/rng.h"
#include "models/forest/forest.h"

namespace quoin {

/// Random forests of every split kind and the rows that hurt, for tests.
struct RandomForestOptions {
    std::size_t features = 6;
    std::size_t trees = 20;
    std::size_t leaves_max = 24;
    std::size_t outputs = 1;
    bool float_sum = false;
};

class RandomForestFixture {
public:
    RandomForestFixture(std::uint64_t seed, RandomForestOptions options) : rng_(seed), options_(options) {}

    Forest::Parts parts() {
        Forest::Parts parts;
        for (std::size_t j = 0; j < options_.features; ++j) parts.feature_names.push_back("f" + std::to_string(j));
        for (std::size_t o = 0; o < options_.outputs; ++o) parts.base.push_back(static_cast<float>(rng_.normal()));
        parts.float_sum = options_.float_sum;
        for (std::size_t t = 0; t < options_.trees; ++t) {
            parts.trees.push_back({static_cast<std::uint32_t>(parts.nodes.size()), static_cast<std::uint32_t>(t % options_.outputs)});
            grow(parts, 1 + rng_.below(options_.leaves_max), 1 + 1000 * rng_.uniform());
        }
        return parts;
    }

    std::vector<double> row() {
        std::vector<double> row(options_.features);
        for (double& x : row) x = value();
        return row;
    }

    /// A number near the thresholds, or one of those that comparisons get wrong.
    double value() {
        if (rng_.below(3) > 0) return rng_.below(2) > 0 ? std::floor(rng_.uniform() * 130) - 3 : threshold();
        double special = specials()[rng_.below(specials().size())];
        return rng_.below(2) > 0 ? special : -special;
    }

private:
    static const std::vector<double>& specials() {
        using Float = std::numeric_limits<float>;
        using Double = std::numeric_limits<double>;
        static const std::vector<double> made = {0.0,
                                                 Double::quiet_NaN(),
                                                 Double::infinity(),
                                                 Double::denorm_min(),
                                                 Float::denorm_min(),
                                                 0.5 * Float::denorm_min(),
                                                 static_cast<double>(Float::denorm_min()) * 0.75,
                                                 1e-35f,
                                                 1e-35,
                                                 1.1e-35,
                                                 Float::min(),
                                                 Float::max(),
                                                 0x1.ffffffp127,
                                                 0x1.fffffefp127,
                                                 Double::max(),
                                                 1.0 + 0x1p-24,
                                                 1.0 + 0x1p-24 + 0x1p-52,
                                                 1.0 + 0x1.8p-23,
                                                 16777216.0,
                                                 1e300,
                                                 0.1,
                                                 static_cast<double>(0.1f)};
        return made;
    }

    double threshold() {
        double special = specials()[rng_.below(specials().size())];
        if (rng_.below(4) == 0 && !std::isnan(special)) return rng_.below(2) > 0 ? special : -special;
        return std::round(rng_.normal() * 8) / 4;
    }

    void grow(Forest::Parts& parts, std::size_t leaves, double cover) {
        auto index = parts.nodes.size();
        Forest::Node node{};
        node.cover = cover;
        parts.nodes.push_back(node);
        if (leaves == 1) {
            parts.nodes[index].value = static_cast<float>(rng_.normal());
            return;
        }
        node.feature = static_cast<std::uint32_t>(rng_.below(options_.features));
        node.kind = std::array{SplitKind::less, SplitKind::less_equal, SplitKind::category_set}[rng_.below(3)];
        node.default_left = rng_.below(2) > 0;
        node.missing_is_zero = rng_.below(3) == 0;
        node.nan_is_zero = rng_.below(3) == 0;
        node.threshold = threshold();
        if (node.kind == SplitKind::less) node.threshold = static_cast<float>(node.threshold);
        if (node.kind == SplitKind::category_set) {
            node.set_first = static_cast<std::uint32_t>(parts.category_words.size());
            node.set_words = static_cast<std::uint32_t>(rng_.below(3));
            for (std::size_t k = 0; k < node.set_words; ++k) parts.category_words.push_back(rng_.next() & rng_.next());
        }
        std::size_t left_leaves = 1 + rng_.below(leaves - 1);
        double share = 0.02 + 0.96 * rng_.uniform();
        node.left = static_cast<std::uint32_t>(index + 1);
        grow(parts, left_leaves, cover * share);
        node.right = static_cast<std::uint32_t>(parts.nodes.size());
        grow(parts, leaves - left_leaves, cover * (1 - share));
        parts.nodes[index] = node;
    }

    Rng rng_;
    RandomForestOptions options_;
};

}  // namespace quoin
