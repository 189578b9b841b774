#pragma once

#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>

namespace quoin {

/// The last answers of one model by decile of the training answers: a ring of decile numbers. Thread-safe.
class DriftWindow {
public:
    static constexpr std::size_t window = 1000;  ///< predictions compared with training
    static constexpr std::size_t rows_min = 200;
    static constexpr double psi_max = 0.2;  ///< document 001

    void add(std::uint8_t decile) {
        auto at = next_.fetch_add(1, std::memory_order_relaxed);
        ring_[at % window].store(static_cast<std::uint8_t>(decile + 1), std::memory_order_relaxed);
    }
    /// The population stability index over the deciles is above psi_max.
    bool drifted() const {
        std::array<double, 10> counts{};
        double rows = 0;
        for (const auto& cell : ring_) {
            auto decile = cell.load(std::memory_order_relaxed);
            if (decile > 0) counts[decile - 1u] += 1, rows += 1;
        }
        if (rows < rows_min) return false;
        double psi = 0;  // Σ (actual − expected) ln(actual / expected), half a row added to each cell
        for (double count : counts) {
            double actual = (count + 0.5) / (rows + 5);
            psi += (actual - 0.1) * std::log(actual / 0.1);
        }
        return psi > psi_max;
    }

private:
    std::atomic<std::uint64_t> next_{0};
    std::array<std::atomic<std::uint8_t>, window> ring_{};
};

}  // namespace quoin
