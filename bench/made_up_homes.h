#pragma once

#include <cmath>

#include "base/rng.h"
#include "bench/forest_peers.h"

namespace quoin::bench {

/// As many rows as King County's sales have; a twentieth of the values is missing, and the label depends on all columns.
inline Homes made_up(std::size_t columns, std::uint64_t seed) {
    constexpr std::size_t rows = 21'613;
    Homes homes{Matrix(rows, columns), {}};
    Rng rng(seed);
    for (std::size_t i = 0; i < rows; ++i) {
        auto row = homes.rows.row(i);
        for (double& x : row) x = rng.below(20) == 0 ? std::nan("") : rng.normal();
        auto x = [&](std::size_t j) { return std::isnan(row[j % columns]) ? 0.3 : row[j % columns]; };
        double value = x(0) * x(1) + std::sin(2 * x(2)) + std::abs(x(3)) * x(4) + 0.5 * x(5) + (x(6) > 0 ? x(7) : x(8)) +
                       0.3 * x(9) * x(10);
        for (std::size_t j = 11; j < columns; ++j) value += 0.1 * x(j);
        homes.labels.push_back(static_cast<float>(value + 0.5 * rng.normal()));
    }
    return homes;
}

}  // namespace quoin::bench
