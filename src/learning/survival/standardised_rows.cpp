#include "learning/survival/standardised_rows.h"

#include <cmath>

#include "learning/survival/gram_kernel.h"

namespace quoin {

StandardisedRows standardised_rows(const SurvivalRows& rows, std::span<const std::uint32_t> order) {
    StandardisedRows result;
    auto& [width, values, means, scales] = result;
    const std::size_t count = rows.times.rows(), covariates = rows.covariates.columns();
    width = (covariates + gram_width_step - 1) / gram_width_step * gram_width_step;
    means.assign(covariates, 0.0);
    scales.assign(covariates, 0.0);
    double total = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const double weight = rows.times.weight(i);
        total += weight;
        for (std::size_t j = 0; j < covariates; ++j) means[j] += weight * rows.covariates(i, j);
    }
    for (double& mean : means) mean /= total;
    values.assign(count * width, 0.0);
    for (std::size_t i = 0; i < count; ++i) {
        const double weight = rows.times.weight(order[i]);
        for (std::size_t j = 0; j < covariates; ++j) {
            const double centred = rows.covariates(order[i], j) - means[j];
            values[i * width + j] = centred;
            scales[j] += weight * centred * centred;
        }
    }
    for (std::size_t j = 0; j < covariates; ++j) {
        scales[j] = std::sqrt(scales[j] / total);
        // A constant's mean is off by its rounding: that is no spread.
        if (!(scales[j] > 1e-13 * std::abs(means[j]))) scales[j] = 0;
    }
    std::vector<double> factors(width, 0.0);
    for (std::size_t j = 0; j < covariates; ++j) factors[j] = scales[j] > 0 ? 1 / scales[j] : 0;
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t j = 0; j < width; ++j) values[i * width + j] *= factors[j];
    for (double& scale : scales)
        if (scale == 0) scale = 1;
    return result;
}

}  // namespace quoin
