#include <Eigen/Dense>
#include <cmath>

#include "evaluation/fairness.h"

namespace quoin {

Result<AdjustedGap> adjusted_gap(std::span<const double> decisions, MatrixView<const double> controls, std::span<const double> is_group) {
    auto rows = static_cast<Eigen::Index>(decisions.size()), columns = static_cast<Eigen::Index>(controls.columns()) + 2;
    if (controls.rows() != decisions.size() || is_group.size() != decisions.size() || rows <= columns)
        return fail(ErrorKind::invalid, "{} decisions, {} rows of controls and {} of groups are too few or do not fit", decisions.size(),
                    controls.rows(), is_group.size());
    Eigen::MatrixXd design(rows, columns);
    Eigen::VectorXd target(rows);
    for (Eigen::Index i = 0; i < rows; ++i) {
        auto row = static_cast<std::size_t>(i);
        design(i, 0) = 1, design(i, columns - 1) = is_group[row], target(i) = decisions[row];
        for (Eigen::Index j = 1; j + 1 < columns; ++j) design(i, j) = controls(row, static_cast<std::size_t>(j) - 1);
        if (!design.row(i).allFinite() || !std::isfinite(target(i)))
            return fail(ErrorKind::invalid, "row {} holds what is no number", i + 1);
    }
    Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr;
    qr.setThreshold(1e-10);  // what rounding leaves of a duplicate lies above Eigen's own
    qr.compute(design);
    if (qr.rank() < columns) return fail(ErrorKind::invalid, "the controls and the group are collinear");
    Eigen::VectorXd coefficients = qr.solve(target), residuals = target - design * coefficients;
    Eigen::MatrixXd inverse = (design.transpose() * design).inverse();
    Eigen::MatrixXd meat = design.transpose() * residuals.array().square().matrix().asDiagonal() * design;
    Eigen::MatrixXd covariance = inverse * meat * inverse * (static_cast<double>(rows) / static_cast<double>(rows - columns));
    AdjustedGap gap;
    for (Eigen::Index j = 0; j < columns; ++j) {
        gap.coefficients.push_back(coefficients(j));
        gap.standard_errors.push_back(std::sqrt(covariance(j, j)));
    }
    return gap;
}

}  // namespace quoin
