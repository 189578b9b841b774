#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>

#include "models/forest/forest.h"
#include "models/forest/plane_scorer.h"
#include "models/forest/ranked_walk.h"
#include "models/forest/walk.h"

namespace quoin {

/// For tests: asks every engine, on every instruction set of this machine, for the margins of rows, and compares bits with the reference
/// walk. For one thread at a time.
class EngineComparison {
public:
    explicit EngineComparison(const Forest& forest) : forest_(forest), walk_(RankedWalk::make(forest.parts())) {
        if (walk_) planes_.emplace(forest.parts(), walk_->table());
    }

    /// Empty if all are equal; else says which engine differs at which row.
    std::string difference(MatrixView<const double> rows) const {
        Matrix expected(rows.rows(), forest_.outputs()), answer = forest_.margins(rows);
        for (std::size_t i = 0; i < rows.rows(); ++i) margin_by_walk(forest_.parts(), rows.row(i), expected.row(i));
        auto found = first_difference("Forest::margins", answer, expected);
        for (std::size_t i = 0; i < rows.rows(); ++i) forest_.margin(rows.row(i), answer.row(i));
        if (found.empty()) found = first_difference("Forest::margin", answer, expected);
        if (!planes_) return found;
        for (auto set : instruction_sets()) {
            use_instruction_set(set);
            answer = Matrix(rows.rows(), forest_.outputs());
            planes_->margins(rows, answer.view());
            if (found.empty()) found = first_difference(fmt::format("PlaneScorer on {}", instruction_set()), answer, expected);
        }
        use_instruction_set(0);
        return found;
    }

private:
    static std::string first_difference(const std::string& engine, const Matrix& answer, const Matrix& expected) {
        auto same = [](double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); };
        auto got = answer.values(), want = expected.values();
        auto place = static_cast<std::size_t>(std::ranges::mismatch(got, want, same).in1 - got.begin());
        if (place == got.size()) return "";
        return fmt::format("{} answers {} for row {} of {}, output {}; the reference walk {}", engine, got[place], place / answer.columns(),
                           answer.rows(), place % answer.columns(), want[place]);
    }

    const Forest& forest_;
    std::optional<RankedWalk> walk_;
    std::optional<PlaneScorer> planes_;  ///< reads walk_
};

}  // namespace quoin
