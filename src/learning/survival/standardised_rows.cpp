#include "learning/survival/standardised_rows.h"

#include <Eigen/Core>
#include <cmath>

#include "learning/survival/gram_kernel.h"

namespace quoin {
namespace {

using Row = Eigen::Map<const Eigen::ArrayXd>;

struct Moments {
    Eigen::ArrayXd means, deviations;
};

/// In two passes: a sum of squares loses what a large mean leaves of it.
Moments moments_of(const SurvivalRows& rows) {
    const auto covariates = static_cast<long>(rows.covariates.columns());
    Moments moments{Eigen::ArrayXd::Zero(covariates), Eigen::ArrayXd::Zero(covariates)};
    auto row = [&](std::size_t i) { return Row(rows.covariates.row(i).data(), covariates); };
    double total = 0;
    for (std::size_t i = 0; i < rows.times.rows(); ++i) {
        total += rows.times.weight(i);
        moments.means += rows.times.weight(i) * row(i);
    }
    moments.means /= total;
    for (std::size_t i = 0; i < rows.times.rows(); ++i) moments.deviations += rows.times.weight(i) * (row(i) - moments.means).square();
    moments.deviations = (moments.deviations / total).sqrt();
    return moments;
}

}  // namespace

StandardisedRows standardised_rows(const SurvivalRows& rows, std::span<const std::uint32_t> order) {
    const auto [means, deviations] = moments_of(rows);
    StandardisedRows result{.means = {means.begin(), means.end()}, .scales = {deviations.begin(), deviations.end()}};
    Eigen::ArrayXd factors(means.size());
    for (long j = 0; j < means.size(); ++j) {
        // A constant's mean is off by its rounding: that is no spread.
        const bool varies = deviations[j] > 1e-13 * std::abs(means[j]);
        factors[j] = varies ? 1 / deviations[j] : 0;
        if (!varies) result.scales[static_cast<std::size_t>(j)] = 1;
    }
    result.width = (result.covariates() + gram_width_step - 1) / gram_width_step * gram_width_step;
    result.values.assign(order.size() * result.width, 0.0);
    for (std::size_t i = 0; i < order.size(); ++i) {
        Eigen::Map<Eigen::ArrayXd> standardised(result.values.data() + i * result.width, means.size());
        standardised = (Row(rows.covariates.row(order[i]).data(), means.size()) - means) * factors;
    }
    return result;
}

}  // namespace quoin
