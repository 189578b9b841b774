#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace quoin {

/// What an interval said and what happened, in the label's unit (dollars).
struct IntervalOutcome {
    double value;         ///< the point estimate; not 0
    double lower, upper;  ///< lower ≤ upper
    double label;
};

struct CoverageRow {
    std::string segment;  ///< "all" for the whole
    std::size_t rows;
    double coverage;          ///< share of labels within [lower, upper]
    double mean_width_share;  ///< mean of (upper − lower) / |value|
};

/// Error: invalid (no rows; not finite; lower above upper; a value of 0).
Result<CoverageRow> coverage(std::span<const IntervalOutcome> outcomes);
/// Per segment, in the order of first appearance of its name. `names` has one entry per outcome.
Result<std::vector<CoverageRow>> coverage_by(std::span<const IntervalOutcome> outcomes, std::span<const std::string> names);

struct CoverageAtLevel {
    double level, coverage, mean_width_share;
};
/// Coverage over levels: `outcome(row, level)` is asked for each row and level, in parallel; the same for any number of threads.
Result<std::vector<CoverageAtLevel>> coverage_curve(std::size_t rows, std::span<const double> levels,
                                                    const std::function<IntervalOutcome(std::size_t row, double level)>& outcome);

/// A forecast standard deviation and what happened.
struct FsdOutcome {
    double value, fsd, label;  ///< value > 0; fsd ≥ 0, relative to the value
};
/// Rows with similar FSD: an honest FSD has about 68.27 % of prices within value · (1 ± FSD) in every bin.
struct FsdBin {
    double fsd_min, fsd_max, fsd_mean;
    std::size_t rows;
    double within_share;
};
/// Bins of equal row count by FSD; equal FSDs stay together, so there may be fewer bins. Error: invalid.
Result<std::vector<FsdBin>> fsd_calibration(std::span<const FsdOutcome> outcomes, std::size_t bins = 10);

boost::json::object to_json(const CoverageRow& row);
boost::json::object to_json(const CoverageAtLevel& level);
boost::json::object to_json(const FsdBin& bin);

}  // namespace quoin
