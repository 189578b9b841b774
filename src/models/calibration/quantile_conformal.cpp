#include "models/calibration/quantile_conformal.h"

#include <algorithm>
#include <cmath>

#include "models/number_tape.h"

namespace quoin {
namespace {

constexpr std::string_view tape_kind = "conformal quantiles";
constexpr std::uint32_t tape_version = 1;

/// The score of rank ⌈(n + 1)(1 − miss)⌉. Error: invalid, if n is too small for it.
Result<double> ranked(std::vector<double> scores, double miss) {
    // 1e-9: (n + 1)(1 − miss) is often a whole number up to rounding, e.g. 20 · 0.95.
    double rank = std::ceil((static_cast<double>(scores.size()) + 1) * (1 - miss) - 1e-9);
    if (rank > static_cast<double>(scores.size()))
        return fail(ErrorKind::invalid, "{} held-out rows cannot show that at most {} of new ones are missed; it takes {:.0f}",
                    scores.size(), miss, std::ceil(1 / miss - 1 - 1e-9));
    auto at = scores.begin() + static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
    std::nth_element(scores.begin(), at, scores.end());
    return *at;
}

}  // namespace

Result<QuantileConformal> QuantileConformal::fit(std::span<const QuantileRow> rows, Probability level, ConformalSides sides) {
    TRY(asked, coverage_level(level.value()));
    std::vector<double> below, above, either;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i];
        below.push_back(row.lower - row.label);
        above.push_back(row.label - row.upper);
        either.push_back(std::max(below.back(), above.back()));
        if (!std::isfinite(below.back()) || !std::isfinite(above.back()))
            return fail(ErrorKind::invalid, "held-out row {} has a label or quantile that is not a finite number", i);
    }
    double miss = 1 - asked.value();
    if (sides == ConformalSides::symmetric) {
        TRY(move, ranked(std::move(either), miss));
        return QuantileConformal(move, move);
    }
    TRY(move_lower, ranked(std::move(below), miss / 2));
    TRY(move_upper, ranked(std::move(above), miss / 2));
    return QuantileConformal(move_lower, move_upper);
}

Interval QuantileConformal::interval(double lower, double upper) const {
    double low = lower - move_lower_, high = upper + move_upper_;
    if (low > high) low = high = low + (high - low) / 2;
    return {low, high};
}

std::vector<std::byte> QuantileConformal::save() const {
    TapeWriter tape;
    tape.number(move_lower_);
    tape.number(move_upper_);
    return tape.finish(tape_kind, tape_version);
}

Result<QuantileConformal> QuantileConformal::load(std::span<const std::byte> bytes) {
    TRY(tape, TapeReader::open(bytes, tape_kind, tape_version));
    double move_lower = tape.number(), move_upper = tape.number();
    TRY_VOID(tape.finish());
    return QuantileConformal(move_lower, move_upper);
}

}  // namespace quoin
