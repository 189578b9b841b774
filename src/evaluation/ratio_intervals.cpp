#include <algorithm>
#include <cmath>
#include <limits>

#include "base/parallel.h"
#include "base/rng.h"
#include "evaluation/ratio_statistics.h"
#include "evaluation/ratio_study.h"

namespace quoin {
namespace {

/// Quantile of sorted values with linear interpolation (R7, the default of R and NumPy).
double quantile_of_sorted(std::span<const double> sorted, double share) {
    double position = share * static_cast<double>(sorted.size() - 1);
    auto below = static_cast<std::size_t>(position);
    std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

using Statistic = double RatioStatistics::*;

WithInterval percentile_interval(double value, std::span<const RatioStatistics> resampled, Statistic statistic, double level) {
    std::vector<double> values;
    for (const auto& statistics : resampled)
        if (std::isfinite(statistics.*statistic)) values.push_back(statistics.*statistic);
    if (values.empty()) return {value, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
    std::sort(values.begin(), values.end());
    return {value, quantile_of_sorted(values, (1 - level) / 2), quantile_of_sorted(values, (1 + level) / 2)};
}

}  // namespace

Result<RatioIntervals> ratio_intervals(std::span<const RatioSale> sales, const BootstrapOptions& options) {
    constexpr std::size_t resamples_max = 1'000'000;
    TRY_VOID(check_sales(sales));
    if (!(options.level > 0 && options.level < 1))
        return fail(ErrorKind::invalid, "the level of an interval is {}; it must lie between 0 and 1, e.g. 0.95", options.level);
    if (options.resamples < 2 || options.resamples > resamples_max)
        return fail(ErrorKind::invalid, "the number of bootstrap resamples is {}; it must lie between 2 and {}", options.resamples,
                    resamples_max);
    std::vector<RatioStatistics> resampled(options.resamples);
    Rng rng(options.seed);
    parallel_for(options.resamples, [&](std::size_t resample) {
        Rng own = rng.split(resample);  // a stream per resample: the same draws on any number of threads
        std::vector<RatioSale> drawn(sales.size());
        for (auto& sale : drawn) sale = sales[own.below(sales.size())];
        resampled[resample] = ratio_statistics(drawn);
    });
    auto observed = ratio_statistics(sales);
    auto interval = [&](Statistic statistic) { return percentile_interval(observed.*statistic, resampled, statistic, options.level); };
    return RatioIntervals{interval(&RatioStatistics::median), interval(&RatioStatistics::cod), interval(&RatioStatistics::prd),
                          interval(&RatioStatistics::prb)};
}

}  // namespace quoin
