#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace quoin {

/// One sale in a ratio study: estimate v and arm's-length price p, both > 0, same currency.
struct RatioSale {
    double estimate, price;
};

/// A statistic with its bootstrap percentile interval.
struct WithInterval {
    double value, lower, upper;
};

/// IAAO Standard on Ratio Studies (2013) and the vertical-equity exposure drafts (2025/2026, appendix E). r = v/p.
struct RatioStudy {
    std::size_t sales = 0;
    double median_ratio = 0, mean_ratio = 0, weighted_mean_ratio = 0;
    double cod = 0;  ///< 100 · mean |r − median| / median
    double prd = 0;  ///< mean r / (Σv/Σp); > 1.03 regressive
    double prb = 0;  ///< slope of (r − median)/median on log2(½(v/median + p)); negative is regressive; NaN if all sales have one value
    double ki = 0, mki = 0;  ///< Kakwani index and modified Kakwani (Quintos 2020); mki is NaN when all prices are equal
    std::optional<double> vei, vei_significance;  ///< nothing below 20 sales; draft of 2026 (rule R7 for quantile groups)
    struct Group {
        std::size_t sales;
        double median_ratio, lower, upper;  ///< 90 % order-statistic interval
    };
    std::vector<Group> vei_groups;
};

/// Error: invalid (no sales; a price or estimate that is not positive and finite).
Result<RatioStudy> ratio_study(std::span<const RatioSale> sales);

struct BootstrapOptions {
    std::size_t resamples = 1000;
    double level = 0.95;
    std::uint64_t seed = 20260101;
};
struct RatioIntervals {
    WithInterval median_ratio, cod, prd, prb;
};
/// Percentile bootstrap (Efron 1979) by sales; the same for any number of threads.
Result<RatioIntervals> ratio_intervals(std::span<const RatioSale> sales, const BootstrapOptions& options = {});

/// One line of a study by area, class or price decile.
struct RatioSegment {
    std::string name;
    RatioStudy study;
    bool suppressed = false;  ///< fewer sales than the minimum: only `sales` is filled
};
/// Segments in order of first appearance of their name. `names` has one entry per sale.
Result<std::vector<RatioSegment>> ratio_study_by(std::span<const RatioSale> sales, std::span<const std::string> names,
                                                 std::size_t sales_min = 15);

/// A segment name per price: "decile 01: 78000 to 245000". Equal prices are never parted, so that a decile may be missing in data with many
/// ties. Names sort in the order of the deciles.
std::vector<std::string> decile_names(std::span<const double> prices);

struct SalesChasingOptions {
    double ratio_min = 0.98, ratio_max = 1.02;  ///< where chased sales would bunch up
    double gap_share = 0.03;                    ///< of sales: what is too much
};
/// Were estimates moved to the prices after the sale? A heuristic and no test of significance (as assessr's detect_chasing): suspected when
/// one and the same ratio near 1 holds more than `gap_share` of the sales, and the share near 1 is more than `gap_share` above that of a
/// normal distribution with the same mean and standard deviation (IAAO 2013, appendix E.4).
struct SalesChasing {
    double jump_share;             ///< of sales with the most frequent ratio near 1
    double near_one_share;         ///< of sales with a ratio near 1
    double near_one_share_normal;  ///< what a normal distribution would have there
    bool suspected;
};
/// Error: invalid (fewer than 30 sales; an amount that is not positive and finite).
Result<SalesChasing> sales_chasing(std::span<const RatioSale> sales, const SalesChasingOptions& options = {});

/// What is not defined (NaN) becomes null in JSON text.
boost::json::object to_json(const RatioStudy& study);

}  // namespace quoin
