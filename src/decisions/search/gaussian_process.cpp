#include "decisions/search/gaussian_process.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numeric>

namespace quoin {
namespace {

using Vector = Eigen::VectorXd;
using Columns = Eigen::MatrixXd;

constexpr std::size_t rows_max = 2'000, inputs_max = 1'000;
const double root5 = std::sqrt(5.0);

Status check_data(MatrixView<const double> inputs, std::span<const double> outputs, std::size_t rows_min) {
    if (inputs.rows() < rows_min || inputs.columns() == 0) {
        return fail(ErrorKind::invalid, "a Gaussian process needs at least {} observations of at least one input, not {} of {}", rows_min,
                    inputs.rows(), inputs.columns());
    }
    if (inputs.rows() > rows_max || inputs.columns() > inputs_max) {
        return fail(ErrorKind::too_large, "{} observations of {} inputs are more than a Gaussian process takes here: {} of {}",
                    inputs.rows(), inputs.columns(), rows_max, inputs_max);
    }
    if (outputs.size() != inputs.rows())
        return fail(ErrorKind::invalid, "there are {} rows of inputs, but {} outputs", inputs.rows(), outputs.size());
    for (std::size_t i = 0; i < inputs.rows(); ++i) {
        const auto row = inputs.row(i);
        // Squares of distances and of outputs stay finite below 1e150.
        if (!std::all_of(row.begin(), row.end(), [](double x) { return std::abs(x) < 1e100; }) || !(std::abs(outputs[i]) < 1e150))
            return fail(ErrorKind::invalid, "observation {} has a value that is not a finite number of usual size", i);
    }
    return {};
}

Status check_parameters(const GaussianProcessParameters& parameters, std::size_t inputs) {
    auto is_positive = [](double value) { return value > 0 && std::isfinite(value); };
    if (parameters.length_scales.size() != inputs ||
        !std::all_of(parameters.length_scales.begin(), parameters.length_scales.end(), is_positive))
        return fail(ErrorKind::invalid, "a Gaussian process of {} inputs needs as many positive length scales", inputs);
    if (!is_positive(parameters.signal_variance) || !(parameters.noise_variance >= 0) || !std::isfinite(parameters.noise_variance))
        return fail(ErrorKind::invalid, "signal variance {} and noise variance {} are not positive", parameters.signal_variance,
                    parameters.noise_variance);
    return {};
}

double squared_distance(std::span<const double> a, std::span<const double> b, std::span<const double> scales) {
    double sum = 0;
    for (std::size_t j = 0; j < a.size(); ++j) {
        const double step = (a[j] - b[j]) / scales[j];
        sum += step * step;
    }
    return sum;
}

double matern(double squared) {
    const double r = root5 * std::sqrt(squared);
    return (1 + r + 5.0 / 3 * squared) * std::exp(-r);
}

Eigen::Map<const Columns> map(const std::vector<double>& factor, std::size_t rows) {
    return {factor.data(), static_cast<long>(rows), static_cast<long>(rows)};
}

}  // namespace

double GaussianProcess::kernel(std::span<const double> a, std::span<const double> b) const {
    return parameters_.signal_variance * matern(squared_distance(a, b, parameters_.length_scales));
}

Status GaussianProcess::factorize() {
    const auto rows = static_cast<long>(inputs_.rows());
    Columns covariance(rows, rows);
    for (long j = 0; j < rows; ++j)
        for (long i = j; i < rows; ++i)
            covariance(i, j) = kernel(inputs_.row(static_cast<std::size_t>(i)), inputs_.row(static_cast<std::size_t>(j)));
    covariance.diagonal().array() += parameters_.noise_variance;
    Eigen::LLT<Columns> llt(covariance);
    for (jitter_ = 0; llt.info() != Eigen::Success && jitter_ < 1e-3; llt.compute(covariance)) {
        const double more = jitter_ == 0 ? 1e-10 : 9 * jitter_;
        covariance.diagonal().array() += more * parameters_.signal_variance;
        jitter_ += more;
    }
    if (llt.info() != Eigen::Success) return fail(ErrorKind::invalid, "the covariance of the observations is not positive definite");
    const Columns lower = llt.matrixL();
    factor_.assign(lower.data(), lower.data() + lower.size());
    const Vector targets = Eigen::Map<const Vector>(outputs_.data(), rows), ones = Vector::Ones(rows);
    mean_ = fits_mean_ ? ones.dot(llt.solve(targets)) / ones.dot(llt.solve(ones)) : 0;
    const Vector weights = llt.solve(targets - mean_ * ones);
    weights_.assign(weights.begin(), weights.end());
    return {};
}

Result<GaussianProcess> GaussianProcess::condition(MatrixView<const double> inputs, std::span<const double> outputs,
                                                   const GaussianProcessParameters& parameters, const GaussianProcessOptions& options) {
    TRY_VOID(check_data(inputs, outputs, 1));
    TRY_VOID(check_parameters(parameters, inputs.columns()));
    GaussianProcess process;
    process.inputs_ = Matrix(inputs.rows(), inputs.columns());
    std::copy(inputs.data(), inputs.data() + inputs.rows() * inputs.columns(), process.inputs_.view().data());
    process.parameters_ = parameters;
    process.fits_mean_ = options.fit_mean;
    process.outputs_.assign(outputs.begin(), outputs.end());
    if (options.standardize) {
        const auto count = static_cast<double>(outputs.size());
        process.center_ = std::accumulate(outputs.begin(), outputs.end(), 0.0) / count;
        double squares = 0;
        for (double output : outputs) squares += (output - process.center_) * (output - process.center_);
        const double deviation = std::sqrt(squares / count);
        // Rounding alone leaves about 1e-16 of the mean in the deviation of equal outputs.
        process.scale_ = deviation > 1e-14 * std::abs(process.center_) ? deviation : 1;
        for (double& output : process.outputs_) output = (output - process.center_) / process.scale_;
    }
    TRY_VOID(process.factorize());
    return process;
}

Result<GaussianProcess> GaussianProcess::with(std::span<const double> input, double output) const {
    Matrix inputs(rows() + 1, inputs_.columns());
    std::copy(inputs_.values().begin(), inputs_.values().end(), inputs.view().data());
    if (input.size() != inputs_.columns()) return fail(ErrorKind::invalid, "{} inputs instead of {}", input.size(), inputs_.columns());
    std::copy(input.begin(), input.end(), inputs.row(rows()).begin());
    std::vector<double> outputs = outputs_;
    outputs.push_back((output - center_) / scale_);
    TRY_VOID(check_data(inputs, outputs, 1));
    GaussianProcess process = *this;
    process.inputs_ = std::move(inputs);
    process.outputs_ = std::move(outputs);
    TRY_VOID(process.factorize());
    return process;
}

GaussianProcess::Prediction GaussianProcess::predict(std::span<const double> input) const {
    return predict(MatrixView<const double>(input.data(), 1, input.size())).front();
}

std::vector<GaussianProcess::Prediction> GaussianProcess::predict(MatrixView<const double> inputs) const {
    Columns cross(static_cast<long>(rows()), static_cast<long>(inputs.rows()));
    for (std::size_t p = 0; p < inputs.rows(); ++p)
        for (std::size_t i = 0; i < rows(); ++i) cross(static_cast<long>(i), static_cast<long>(p)) = kernel(inputs_.row(i), inputs.row(p));
    const Vector means = cross.transpose() * Eigen::Map<const Vector>(weights_.data(), static_cast<long>(rows()));
    map(factor_, rows()).triangularView<Eigen::Lower>().solveInPlace(cross);
    std::vector<Prediction> predictions;
    for (long p = 0; p < means.size(); ++p) {
        const double variance = std::max(parameters_.signal_variance - cross.col(p).squaredNorm(), 0.0);
        predictions.push_back({center_ + scale_ * (mean_ + means[p]), scale_ * std::sqrt(variance)});
    }
    return predictions;
}

std::vector<double> GaussianProcess::sample(MatrixView<const double> points, Rng& rng) const {
    const auto count = static_cast<long>(points.rows());
    Columns cross(static_cast<long>(rows()), count), covariance(count, count);
    for (long p = 0; p < count; ++p) {
        const auto point = points.row(static_cast<std::size_t>(p));
        for (std::size_t i = 0; i < rows(); ++i) cross(static_cast<long>(i), p) = kernel(inputs_.row(i), point);
        for (long q = p; q < count; ++q) covariance(q, p) = kernel(points.row(static_cast<std::size_t>(q)), point);
    }
    const Vector means = cross.transpose() * Eigen::Map<const Vector>(weights_.data(), static_cast<long>(rows()));
    map(factor_, rows()).triangularView<Eigen::Lower>().solveInPlace(cross);
    covariance.triangularView<Eigen::Lower>() -= cross.transpose() * cross;
    Eigen::LLT<Columns> llt;
    for (double jitter = 1e-10; jitter < 1; jitter *= 10) {
        covariance.diagonal().array() += jitter * parameters_.signal_variance;
        if (llt.compute(covariance).info() == Eigen::Success) break;
    }
    Vector normals(count);
    for (double& normal : normals) normal = rng.normal();
    const Vector drawn = means + llt.matrixL() * normals;
    std::vector<double> values(drawn.begin(), drawn.end());
    for (double& value : values) value = center_ + scale_ * (mean_ + value);
    return values;
}

MarginalLikelihood GaussianProcess::marginal_likelihood() const {
    const auto rows = static_cast<long>(this->rows());
    const std::size_t dimensions = inputs_.columns();
    const auto factor = map(factor_, this->rows());
    const Eigen::Map<const Vector> weights(weights_.data(), rows), targets(outputs_.data(), rows);
    MarginalLikelihood likelihood{0, std::vector<double>(dimensions + 2, 0.0)};
    likelihood.value = -0.5 * (targets.array() - mean_).matrix().dot(weights) - factor.diagonal().array().log().sum() -
                       0.5 * static_cast<double>(rows) * std::log(2 * M_PI);
    Columns slope = Columns::Identity(rows, rows);  // becomes α αᵀ − K⁻¹
    factor.triangularView<Eigen::Lower>().solveInPlace(slope);
    factor.triangularView<Eigen::Lower>().transpose().solveInPlace(slope);
    slope = weights * weights.transpose() - slope;
    const auto& scales = parameters_.length_scales;
    double signal = 0.5 * parameters_.signal_variance * slope.trace();
    for (std::size_t j = 0; j < this->rows(); ++j) {
        for (std::size_t i = j + 1; i < this->rows(); ++i) {
            const auto a = inputs_.row(i), b = inputs_.row(j);
            const double squared = squared_distance(a, b, scales), r = root5 * std::sqrt(squared), decay = std::exp(-r);
            const double by_kernel = slope(static_cast<long>(i), static_cast<long>(j)) * parameters_.signal_variance;  // both halves
            signal += by_kernel * (1 + r + 5.0 / 3 * squared) * decay;
            const double by_square = by_kernel * 5.0 / 3 * (1 + r) * decay;
            for (std::size_t d = 0; d < dimensions; ++d) {
                const double step = (a[d] - b[d]) / scales[d];
                likelihood.gradient[1 + d] += by_square * step * step;
            }
        }
    }
    likelihood.gradient.front() = signal;
    likelihood.gradient.back() = 0.5 * parameters_.noise_variance * slope.trace();
    return likelihood;
}

}  // namespace quoin
