#pragma once

#include <cmath>
#include <vector>

#include "base/rng.h"
#include "learning/family.h"

namespace quoin {

/// 600 homes: area, age, latitude with holes, a district of five levels with holes, and a column of noise; labels on a log scale.
struct ExampleHomes {
    static constexpr std::size_t count = 600, held_out = 200;
    std::vector<FeatureUse> uses = {{"area"}, {"age"}, {"latitude"}, {.name = "district", .levels = 5}, {"noise"}};
    Matrix features{count, 5}, others{held_out, 5};
    std::vector<double> labels, other_labels, classes, weights;

    explicit ExampleHomes(std::uint64_t seed = 1) {
        Rng rng(seed);
        for (std::size_t i = 0; i < count; ++i) {
            labels.push_back(fill(features.row(i), rng));
            classes.push_back(labels.back() + 0.2 * rng.normal() > 13 ? 1 : 0);
            weights.push_back(0.5 + rng.uniform());
        }
        for (std::size_t i = 0; i < held_out; ++i) other_labels.push_back(fill(others.row(i), rng));
    }

    static double fill(std::span<double> row, Rng& rng) {
        const double area = std::exp(7.5 + 0.4 * rng.normal()), age = 100 * rng.uniform(), latitude = 47.5 + 0.1 * rng.normal();
        const auto district = static_cast<double>(rng.below(5));
        row[0] = area;
        row[1] = age;
        row[2] = rng.uniform() < 0.2 ? std::nan("") : latitude;
        row[3] = rng.uniform() < 0.1 ? std::nan("") : district;
        row[4] = rng.normal();
        return 13 + 0.6 * (std::log(area) - 7.5) - 0.003 * (age - 50) + 1.5 * (latitude - 47.5) + (district == 2 ? 0.3 : 0) +
               0.1 * rng.normal();
    }

    FitRequest request() const { return {.uses = uses, .train = {features, labels, {}}, .seed = 3}; }
};

}  // namespace quoin
