#include "learning/penalised_regression.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "learning/objective.h"

namespace quoin {
namespace {

using Vector = Eigen::VectorXd;

constexpr int sweeps_max = 20'000;
constexpr int reweightings_max = 200;
constexpr int halvings_max = 40;

/// Rows without the zeros: a category of a thousand levels costs one entry a row. Numbers are stored standardised, indicators as 1, and
/// the indicators' means are taken out of the Gram matrix afterwards.
class SparseRows {
public:
    struct Entry {
        std::uint32_t column;
        double value;
    };

    SparseRows(const LearningRows& rows, std::span<const ExpandedColumn> columns) : columns_(columns) {
        // First column of each feature: its levels follow in ascending order.
        std::vector<std::size_t> first(rows.features.columns() + 1, columns.size());
        for (std::size_t c = columns.size(); c-- > 0;) first[columns[c].feature] = c;
        starts_.push_back(0);
        for (std::size_t i = 0; i < rows.features.rows(); ++i) {
            for (std::size_t j = 0; j < rows.features.columns(); ++j) add(first[j], j, rows.features(i, j));
            starts_.push_back(entries_.size());
        }
    }

    std::size_t count() const { return starts_.size() - 1; }
    std::span<const Entry> row(std::size_t i) const { return {entries_.data() + starts_[i], entries_.data() + starts_[i + 1]}; }
    /// What standardising takes from every row's entry: mean for an indicator, 0 for a number, which is already centred.
    double centre(std::size_t column) const { return columns_[column].level >= 0 ? columns_[column].mean : 0; }
    double scale(std::size_t column) const { return columns_[column].level >= 0 ? columns_[column].scale : 1; }

private:
    void add(std::size_t first, std::size_t feature, double value) {
        if (first == columns_.size() || std::isnan(value)) return;
        if (columns_[first].level == ExpandedColumn::number) {
            entries_.push_back({static_cast<std::uint32_t>(first), standardised(columns_[first], value)});
            return;
        }
        for (std::size_t c = first; c < columns_.size() && columns_[c].feature == feature && columns_[c].level <= value; ++c) {
            if (columns_[c].level == value) entries_.push_back({static_cast<std::uint32_t>(c), 1.0});
        }
    }

    std::span<const ExpandedColumn> columns_;
    std::vector<Entry> entries_;
    std::vector<std::size_t> starts_;
};

/// Weighted least squares reduced to what does not depend on the number of rows: Gram matrix G and right side c of standardised columns,
/// both taken around their weighted means, so that the intercept drops out.
struct Reduced {
    Eigen::MatrixXd gram;
    Vector right, column_means;
    double target_mean = 0;
};

Reduced reduce(const SparseRows& rows, std::size_t columns, std::span<const double> weights, std::span<const double> targets) {
    Reduced reduced{Eigen::MatrixXd::Zero(static_cast<long>(columns), static_cast<long>(columns)), Vector::Zero(static_cast<long>(columns)),
                    Vector::Zero(static_cast<long>(columns)), 0};
    double total = 0, weighted_targets = 0;
    for (std::size_t i = 0; i < rows.count(); ++i) {
        total += weights[i];
        weighted_targets += weights[i] * targets[i];
    }
    const double target_mean = weighted_targets / total;
    for (std::size_t i = 0; i < rows.count(); ++i) {
        const double target = targets[i] - target_mean;
        for (const auto& a : rows.row(i)) {
            const double weighted = weights[i] * a.value;
            reduced.right[a.column] += weighted * target;
            reduced.column_means[a.column] += weighted;
            for (const auto& b : rows.row(i)) {
                if (b.column <= a.column) reduced.gram(a.column, b.column) += weighted * b.value;
            }
        }
    }
    reduced.target_mean = target_mean;
    reduced.right /= total;
    reduced.column_means /= total;
    for (long a = 0; a < reduced.right.size(); ++a) {
        const double scale = rows.scale(static_cast<std::size_t>(a));
        reduced.right[a] /= scale;
        for (long b = 0; b <= a; ++b) {
            const double covariance = reduced.gram(a, b) / total - reduced.column_means[a] * reduced.column_means[b];
            reduced.gram(a, b) = reduced.gram(b, a) = covariance / (scale * rows.scale(static_cast<std::size_t>(b)));
        }
    }
    // From here on: means of the standardised columns under these weights.
    for (long a = 0; a < reduced.right.size(); ++a) {
        const auto column = static_cast<std::size_t>(a);
        reduced.column_means[a] = (reduced.column_means[a] - rows.centre(column)) / rows.scale(column);
    }
    return reduced;
}

double soft_threshold(double value, double threshold) {
    if (value > threshold) return value - threshold;
    return value < -threshold ? value + threshold : 0;
}

Result<Vector> ridge(const Reduced& reduced, double penalty) {
    Eigen::MatrixXd system = reduced.gram;
    // A hair of a diagonal where there is no penalty: the indicators of a category add up to one.
    system.diagonal().array() += std::max(penalty, 1e-10);
    Eigen::LLT<Eigen::MatrixXd> factor(system);
    if (factor.info() != Eigen::Success)
        return fail(ErrorKind::invalid, "elastic_net: the columns are collinear; give alpha a value above 0");
    return Vector(factor.solve(reduced.right));
}

/// Cycles of coordinate descent, and where they crawl (columns that are nearly collinear) a jump to the exact minimum of the present signs.
class CoordinateDescent {
public:
    CoordinateDescent(const Reduced& reduced, const PenalisedOptions& options, Vector start)
        : reduced_(reduced), lasso_(options.alpha * options.l1_ratio), shrink_(options.alpha * (1 - options.l1_ratio)),
          coefficients_(std::move(start)), gradient_(reduced.right - reduced.gram * coefficients_) {}

    /// Until a full cycle moves no coefficient by more than 1e-9 of the largest; between full cycles only over those not zero.
    Result<Vector> run() {
        bool only_active = false;
        for (int sweep = 1; sweep <= sweeps_max; ++sweep) {
            const bool still = cycle(only_active);
            if (still && !only_active) return coefficients_;
            only_active = !still;
            if (sweep % 10 == 0) {
                // Each jump that ends at a change of sign takes that column out, as in the feature-sign search of Lee et al. (2006).
                for (long jumps = 0; jumps <= coefficients_.size() && !jump(); ++jumps) {
                }
                only_active = false;
            }
        }
        return fail(ErrorKind::invalid, "elastic_net did not converge in {} cycles; raise alpha or lower l1_ratio", sweeps_max);
    }

private:
    bool cycle(bool only_active) {
        double moved = 0, largest = 1e-30;
        for (long j = 0; j < coefficients_.size(); ++j) {
            const double old = coefficients_[j], own = reduced_.gram(j, j);
            if ((only_active && old == 0) || !(own + shrink_ > 0)) continue;
            const double updated = soft_threshold(gradient_[j] + own * old, lasso_) / (own + shrink_);
            if (updated != old) gradient_.noalias() -= (updated - old) * reduced_.gram.col(j);
            coefficients_[j] = updated;
            moved = std::max(moved, std::abs(updated - old));
            largest = std::max(largest, std::abs(updated));
        }
        return moved <= 1e-9 * largest;
    }

    /// With the signs as they are the loss is a quadratic: solves for its minimum and goes there, or as far as the first change of sign.
    /// True: nothing stood in the way.
    bool jump() {
        std::vector<long> active;
        for (long j = 0; j < coefficients_.size(); ++j) {
            if (coefficients_[j] != 0) active.push_back(j);
        }
        if (active.empty()) return true;
        Eigen::MatrixXd system = reduced_.gram(active, active);
        system.diagonal().array() += std::max(shrink_, 1e-12);
        const Vector start = coefficients_(active);
        const Vector right = reduced_.right(active) - lasso_ * start.cwiseSign();
        const Eigen::LLT<Eigen::MatrixXd> factor(system);
        if (factor.info() != Eigen::Success) return true;
        const Vector target = factor.solve(right);
        double share = 1;
        for (long k = 0; k < target.size(); ++k) {
            if (start[k] * target[k] < 0) share = std::min(share, start[k] / (start[k] - target[k]));
        }
        for (long k = 0; k < target.size(); ++k) {
            const double landed = start[k] + share * (target[k] - start[k]);
            coefficients_[active[static_cast<std::size_t>(k)]] = start[k] * landed > 0 ? landed : 0;
        }
        gradient_ = reduced_.right - reduced_.gram * coefficients_;
        return share == 1;
    }

    const Reduced& reduced_;
    const double lasso_, shrink_;
    Vector coefficients_, gradient_;
};

/// Weights and targets of the quadratic that touches the loss at the present margins.
struct Touching {
    std::vector<double> weights, targets;
    double total = 0;  ///< of the rows' own weights
};

Touching touching_quadratic(const LearningRows& rows, Objective objective, double slope, std::span<const double> margins) {
    Touching touching{std::vector<double>(margins.size()), std::vector<double>(margins.size())};
    for (std::size_t i = 0; i < margins.size(); ++i) {
        const double weight = rows.weights.empty() ? 1.0 : rows.weights[i];
        const double residual = rows.labels[i] - margins[i];
        touching.weights[i] = weight;
        touching.total += weight;
        touching.targets[i] = rows.labels[i];
        if (objective == Objective::binary_logistic) {
            const double share = std::clamp(1 / (1 + std::exp(-margins[i])), 1e-5, 1 - 1e-5);
            touching.weights[i] = weight * share * (1 - share);
            touching.targets[i] = margins[i] + (rows.labels[i] - share) / (share * (1 - share));
        } else if (objective != Objective::squared_error) {
            touching.weights[i] = weight / std::sqrt(1 + residual / slope * (residual / slope));
        }
    }
    return touching;
}

void margins_into(const SparseRows& rows, const PenalisedFit& fit, std::vector<double>& margins) {
    double base = fit.intercept;
    for (std::size_t c = 0; c < fit.coefficients.size(); ++c) base -= fit.coefficients[c] * rows.centre(c) / rows.scale(c);
    for (std::size_t i = 0; i < margins.size(); ++i) {
        double sum = base;
        for (const auto& entry : rows.row(i)) sum += fit.coefficients[entry.column] * entry.value / rows.scale(entry.column);
        margins[i] = sum;
    }
}

double spread_of(const LearningRows& rows) {
    const double mean = constant_margin(Objective::squared_error, rows);
    return std::sqrt(mean_loss(Objective::squared_error, 1, rows, std::vector<double>(rows.labels.size(), mean)));
}

/// The objective as it is minimised: for logistic and pseudo-Huber weights keep their share of the total, as scikit-learn's do.
Result<PenalisedFit> solve(const SparseRows& rows, const Touching& touching, const PenalisedOptions& options, const Vector& start) {
    Reduced reduced = reduce(rows, static_cast<std::size_t>(start.size()), touching.weights, touching.targets);
    double touching_total = 0;
    for (double weight : touching.weights) touching_total += weight;
    // reduce() averages over the touching weights; the penalty is meant per original weight.
    PenalisedOptions scaled = options;
    scaled.alpha = options.alpha * touching.total / touching_total;
    auto coefficients = options.l1_ratio == 0 ? ridge(reduced, scaled.alpha) : CoordinateDescent(reduced, scaled, start).run();
    if (!coefficients) return tl::unexpected(coefficients.error());
    return PenalisedFit{reduced.target_mean - coefficients->dot(reduced.column_means), {coefficients->begin(), coefficients->end()}};
}

/// What is minimised: the mean loss and the penalty.
double penalised_loss(const LearningRows& rows, const PenalisedOptions& options, const PenalisedFit& fit, std::span<const double> margins) {
    double lasso = 0, ridge = 0;
    for (double coefficient : fit.coefficients) lasso += std::abs(coefficient), ridge += coefficient * coefficient;
    return mean_loss(Objective::binary_logistic, 1, rows, margins) +
           options.alpha * (options.l1_ratio * lasso + (1 - options.l1_ratio) / 2 * ridge);
}

PenalisedFit midpoint(const PenalisedFit& a, PenalisedFit b) {
    b.intercept = (a.intercept + b.intercept) / 2;
    for (std::size_t c = 0; c < b.coefficients.size(); ++c) b.coefficients[c] = (a.coefficients[c] + b.coefficients[c]) / 2;
    return b;
}

}  // namespace

Result<PenalisedFit> fit_penalised(const LearningRows& rows, std::span<const ExpandedColumn> columns, Objective objective,
                                   const PenalisedOptions& options) {
    const SparseRows sparse(rows, columns);
    const double spread = spread_of(rows);
    const double slope = objective == Objective::absolute_error ? std::max(1e-3 * spread, 1e-12) : options.huber_slope;
    PenalisedOptions penalty = options;
    // Weights of 1/√(1 + (r/δ)²) minimise δ|r|, not |r|.
    if (objective == Objective::absolute_error) penalty.alpha *= slope;

    PenalisedFit fit{constant_margin(objective, rows), std::vector<double>(columns.size(), 0.0)};
    if (columns.empty()) return fit;
    std::vector<double> margins(sparse.count());
    margins_into(sparse, fit, margins);
    for (int step = 0; step < reweightings_max; ++step) {
        Touching touching = touching_quadratic(rows, objective, slope, margins);
        TRY(next, solve(sparse, touching, penalty, Eigen::Map<const Vector>(fit.coefficients.data(), static_cast<long>(columns.size()))));
        const std::vector<double> before = margins;
        if (objective == Objective::binary_logistic) {
            // A Newton step may overshoot where few rows are near the border, and the next would be wilder still.
            const double allowed = penalised_loss(rows, penalty, fit, before) * (1 + 1e-12);
            margins_into(sparse, next, margins);
            for (int halving = 0; halving < halvings_max && !(penalised_loss(rows, penalty, next, margins) <= allowed); ++halving) {
                next = midpoint(fit, next);
                margins_into(sparse, next, margins);
            }
        }
        fit = next;
        if (objective == Objective::squared_error) break;
        margins_into(sparse, fit, margins);
        double moved = 0;
        for (std::size_t i = 0; i < margins.size(); ++i) moved = std::max(moved, std::abs(margins[i] - before[i]));
        if (moved <= 1e-8 * std::max(spread, 1e-30)) break;
    }
    return fit;
}

}  // namespace quoin
