#include "learning/ensemble_weights.h"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace quoin {
namespace {

using Vector = Eigen::VectorXd;

/// Rows and columns of a least-squares problem reduced by QR: as many rows as columns, same minimisers (also under constraints).
struct LeastSquares {
    Eigen::MatrixXd matrix;
    Vector right;
};

LeastSquares reduced(MatrixView<const double> predictions, std::span<const double> labels) {
    using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto rows = static_cast<long>(predictions.rows()), columns = static_cast<long>(predictions.columns());
    const Eigen::MatrixXd matrix = Eigen::Map<const RowMajor>(predictions.data(), rows, columns);
    const Vector right = Eigen::Map<const Vector>(labels.data(), rows);
    if (rows <= columns) return {matrix, right};
    const Eigen::HouseholderQR<Eigen::MatrixXd> factor(matrix);
    const Vector turned = factor.householderQ().adjoint() * right;
    return {factor.matrixQR().topRows(columns).triangularView<Eigen::Upper>(), turned.head(columns)};
}

/// Least squares over the columns of the passive set; 0 elsewhere.
Vector solve_passive(const LeastSquares& problem, const std::vector<bool>& passive) {
    std::vector<long> columns;
    for (std::size_t j = 0; j < passive.size(); ++j) {
        if (passive[j]) columns.push_back(static_cast<long>(j));
    }
    Eigen::MatrixXd part(problem.matrix.rows(), static_cast<long>(columns.size()));
    for (std::size_t k = 0; k < columns.size(); ++k) part.col(static_cast<long>(k)) = problem.matrix.col(columns[k]);
    const Vector solution = part.colPivHouseholderQr().solve(problem.right);
    Vector full = Vector::Zero(static_cast<long>(passive.size()));
    for (std::size_t k = 0; k < columns.size(); ++k) full[columns[k]] = solution[static_cast<long>(k)];
    return full;
}

/// Moves from `weights` towards `target` until the first passive weight reaches 0, and takes that one out of the passive set.
void step_to_border(Vector& weights, const Vector& target, std::vector<bool>& passive) {
    double share = 1;
    for (std::size_t j = 0; j < passive.size(); ++j) {
        const auto i = static_cast<long>(j);
        if (passive[j] && target[i] <= 0) share = std::min(share, weights[i] / (weights[i] - target[i]));
    }
    weights += share * (target - weights);
    for (std::size_t j = 0; j < passive.size(); ++j) {
        const auto i = static_cast<long>(j);
        if (passive[j] && (weights[i] <= 1e-15 || (target[i] <= 0 && share == 0))) {
            passive[j] = false;
            weights[i] = 0;
        }
    }
}

/// Lawson & Hanson, Solving Least Squares Problems (1974), chapter 23.
Vector non_negative_least_squares(const LeastSquares& problem) {
    const long columns = problem.matrix.cols();
    Vector weights = Vector::Zero(columns);
    std::vector<bool> passive(static_cast<std::size_t>(columns), false);
    const double tolerance = 1e-12 * problem.matrix.cwiseAbs().colwise().sum().maxCoeff() *
                             std::max(problem.right.cwiseAbs().maxCoeff(), 1e-300);
    // Every pass takes one column in and at least as many out as it must; the bound is a guard against rounding in circles.
    for (long pass = 0; pass < 10 * columns + 10; ++pass) {
        const Vector gradient = problem.matrix.transpose() * (problem.right - problem.matrix * weights);
        long best = -1;
        for (long j = 0; j < columns; ++j) {
            if (!passive[static_cast<std::size_t>(j)] && gradient[j] > tolerance && (best < 0 || gradient[j] > gradient[best])) best = j;
        }
        if (best < 0) break;
        passive[static_cast<std::size_t>(best)] = true;
        Vector target = solve_passive(problem, passive);
        for (long inner = 0; inner <= columns && (target.array() < 0).any(); ++inner) {
            step_to_border(weights, target, passive);
            target = solve_passive(problem, passive);
        }
        weights = target.cwiseMax(0);
    }
    return weights;
}

double loss_of(Objective objective, double error) { return objective == Objective::absolute_error ? std::abs(error) : error * error; }

/// The member with the smallest loss: what is left when no mixture is better than nothing.
std::size_t best_member(MatrixView<const double> predictions, std::span<const double> labels, Objective objective) {
    std::size_t best = 0;
    double best_loss = std::numeric_limits<double>::infinity();
    for (std::size_t m = 0; m < predictions.columns(); ++m) {
        double loss = 0;
        for (std::size_t i = 0; i < labels.size(); ++i) loss += loss_of(objective, labels[i] - predictions(i, m));
        if (loss < best_loss) {
            best = m;
            best_loss = loss;
        }
    }
    return best;
}

/// Scaled to sum 1; the best member alone where all are 0.
std::vector<double> simplex_weights(const Vector& solution, MatrixView<const double> predictions, std::span<const double> labels,
                                    Objective objective) {
    std::vector<double> weights(solution.begin(), solution.end());
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    if (!(sum > 0)) {
        weights.assign(weights.size(), 0.0);
        weights[best_member(predictions, labels, objective)] = 1;
        return weights;
    }
    for (double& weight : weights) weight /= sum;
    return weights;
}

double mean_absolute_error(MatrixView<const double> predictions, std::span<const double> labels, std::span<const double> weights) {
    double sum = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto row = predictions.row(i);
        sum += std::abs(labels[i] - std::inner_product(row.begin(), row.end(), weights.begin(), 0.0));
    }
    return sum / static_cast<double>(labels.size());
}

/// Each row by 1 ÷ √|residual|: its square is then the absolute residual. Residuals below a thousandth of the mean count as that.
std::vector<double> reweighted(MatrixView<const double> predictions, std::span<const double> labels, std::vector<double> weights) {
    constexpr int rounds = 30;
    double best = mean_absolute_error(predictions, labels, weights), least = std::max(1e-3 * best, 1e-300);
    auto kept = weights;
    for (int round = 0; round < rounds; ++round) {
        Matrix scaled(predictions.rows(), predictions.columns());
        std::vector<double> right(labels.size());
        for (std::size_t i = 0; i < labels.size(); ++i) {
            const auto row = predictions.row(i);
            const double residual = labels[i] - std::inner_product(row.begin(), row.end(), weights.begin(), 0.0);
            const double scale = 1 / std::sqrt(std::max(std::abs(residual), least));
            for (std::size_t m = 0; m < row.size(); ++m) scaled(i, m) = scale * row[m];
            right[i] = scale * labels[i];
        }
        weights = simplex_weights(non_negative_least_squares(reduced(scaled.view(), right)), predictions, labels,
                                  Objective::absolute_error);
        const double loss = mean_absolute_error(predictions, labels, weights);
        if (loss < best) kept = weights;
        if (!(loss < best * (1 - 1e-7))) break;
        best = loss;
    }
    return kept;
}

}  // namespace

Result<std::vector<double>> ensemble_weights(MatrixView<const double> predictions, std::span<const double> labels, Objective objective) {
    const std::size_t members = predictions.columns();
    if (members == 0 || predictions.rows() == 0) return fail(ErrorKind::invalid, "ensemble weights need at least one member and one row");
    if (labels.size() != predictions.rows()) {
        return fail(ErrorKind::invalid, "{} rows of predictions, but {} labels", predictions.rows(), labels.size());
    }
    for (std::size_t i = 0; i < predictions.rows(); ++i) {
        const auto row = predictions.row(i);
        if (!std::isfinite(labels[i]) || !std::all_of(row.begin(), row.end(), [](double value) { return std::isfinite(value); })) {
            return fail(ErrorKind::invalid, "row {}: a prediction or the label is not finite", i);
        }
    }
    auto weights = simplex_weights(non_negative_least_squares(reduced(predictions, labels)), predictions, labels, objective);
    if (objective != Objective::absolute_error) return weights;
    const double best_loss = mean_absolute_error(predictions, labels, weights);
    std::vector<double> alone(members, 0.0);
    alone[best_member(predictions, labels, objective)] = 1;
    // Descent goes downhill from the better of the mixture and its best member, so that it never ends above either.
    if (mean_absolute_error(predictions, labels, alone) < best_loss) weights = std::move(alone);
    return reweighted(predictions, labels, std::move(weights));
}

}  // namespace quoin
