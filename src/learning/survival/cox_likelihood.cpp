#include "learning/survival/cox_likelihood.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

#include "learning/survival/gram_kernel.h"

namespace quoin {
namespace {

using Lanes = Eigen::Array<double, gram_width_step, 1>;

/// sums += scale · row over a padded width.
void add_scaled(double scale, const double* row, std::size_t width, double* sums) {
    for (std::size_t j = 0; j < width; j += gram_width_step) Eigen::Map<Lanes>(sums + j) += scale * Eigen::Map<const Lanes>(row + j);
}

/// sum + lost is exact beyond what a double holds (Neumaier 1974).
void add_compensated(double& sum, double& lost, double value) {
    const double total = sum + value;
    lost += std::abs(sum) >= std::abs(value) ? (sum - total) + value : (value - total) + sum;
    sum = total;
}

}  // namespace

/// Σ θ and Σ θ x over a set of rows that rows enter and leave. Leaving cancels, so then what rounding takes is kept aside.
class CoxLikelihood::Sums {
public:
    Sums(std::size_t width, bool is_compensated) : first(width), lost_(is_compensated ? width + 1 : 0) {}

    double zeroth = 0;
    std::vector<double> first;

    void add(double relative, const double* row) {
        if (lost_.empty()) {
            zeroth += relative;
            add_scaled(relative, row, first.size(), first.data());
            return;
        }
        add_compensated(zeroth, lost_.back(), relative);
        for (std::size_t j = 0; j < first.size(); ++j) add_compensated(first[j], lost_[j], relative * row[j]);
    }
    void add(const Sums& other) {
        zeroth += other.zeroth;
        add_scaled(1, other.first.data(), first.size(), first.data());
    }
    /// The sums with what rounding took put back.
    void settle() {
        if (lost_.empty()) return;
        zeroth += std::exchange(lost_.back(), 0.0);
        for (std::size_t j = 0; j < first.size(); ++j) first[j] += std::exchange(lost_[j], 0.0);
    }
    /// Whether rows that left have taken nearly all: what is left may be what rounding left.
    bool is_worn() {
        peak_ = std::max(peak_, zeroth);
        return !(zeroth > 1e-10 * peak_);
    }
    void clear() {
        zeroth = peak_ = 0;
        std::ranges::fill(first, 0.0);
        std::ranges::fill(lost_, 0.0);
    }

private:
    std::vector<double> lost_;
    double peak_ = 0;
};

/// Sums over the shares l/d, l = 0 … d − 1, by which d tied events have left the risk set; Breslow's rule has the share 0 only, d times. S
/// and E are the sums over the risk set and over the tied, c = 1 − share · E₀/S₀, m the mean weight of the tied. All in units of S₀, whose
/// square may be beyond what a double holds.
struct CoxLikelihood::Shares {
    double log_sum = 0;                      ///< Σ m log(c S₀)
    double hazard = 0, tied_hazard = 0;      ///< Σ m / (c S₀), and Σ m (1 − share) / (c S₀)
    double square = 0, cross = 0, tied = 0;  ///< Σ m / c², Σ m share / c², Σ m share² / c²
    double mean = 0, mean_tied = 0;  ///< Σ 1 / (d c), Σ share / (d c): the risk set's mean is (mean · S₁ − mean_tied · E₁) / S₀
};

CoxLikelihood::CoxLikelihood(const SurvivalRows& rows, TieRule ties)
    : times_(rows.times), ties_(ties), sets_(risk_sets(rows)), rows_(standardised_rows(rows, sets_.row_of)) {
    relative_.resize(rows.times.rows());
    linear_.resize(rows.times.rows());
    hazards_.resize(sets_.events.size());
    tied_hazards_.resize(sets_.events.size());
}

void CoxLikelihood::compute_relative_hazards(std::span<const double> coefficients) {
    std::vector<double> padded(rows_.width, 0.0);
    std::copy(coefficients.begin(), coefficients.end(), padded.begin());
    for (std::size_t i = 0; i < relative_.size(); ++i) {
        Lanes sums = Lanes::Zero();
        for (std::size_t j = 0; j < rows_.width; j += gram_width_step)
            sums += Eigen::Map<const Lanes>(rows_.row(i) + j) * Eigen::Map<const Lanes>(padded.data() + j);
        linear_[i] = ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
        relative_[i] = weight(i) * std::exp(linear_[i]);
    }
}

CoxLikelihood::Shares CoxLikelihood::shares_of(const RiskSets::Event& event, const Sums& at_risk, const Sums& tied) const {
    Shares shares;
    const double count = event.count, mean_weight = event.weight / count, ratio = tied.zeroth / at_risk.zeroth;
    if (ties_ == TieRule::breslow || event.count == 1) {
        shares.log_sum = event.weight * std::log(at_risk.zeroth);
        shares.hazard = shares.tied_hazard = event.weight / at_risk.zeroth;
        shares.square = event.weight;
        shares.mean = 1;
        return shares;
    }
    for (std::uint32_t l = 0; l < event.count; ++l) {
        const double share = l / count, left = 1 - share * ratio, part = mean_weight / left;
        shares.log_sum += mean_weight * std::log(left);
        shares.hazard += part;
        shares.tied_hazard += part * (1 - share);
        shares.square += part / left;
        shares.cross += part / left * share;
        shares.tied += part / left * share * share;
        shares.mean += 1 / (count * left);
        shares.mean_tied += share / (count * left);
    }
    shares.log_sum += event.weight * std::log(at_risk.zeroth);
    shares.hazard /= at_risk.zeroth;
    shares.tied_hazard /= at_risk.zeroth;
    return shares;
}

void CoxLikelihood::sum_anew(std::uint32_t event, const RiskSets::Stratum& stratum, Sums& at_risk) const {
    at_risk.clear();
    for (std::uint32_t i = sets_.events[event].first; i < stratum.row_last; ++i)
        if (sets_.began[i] <= event) at_risk.add(relative_[i], rows_.row(i));
    at_risk.settle();
}

template <class Visit>
void CoxLikelihood::sweep(Visit visit) {
    const bool rows_leave = !sets_.by_start.empty();
    Sums at_risk(rows_.width, rows_leave), tied(rows_.width, false);
    for (std::size_t s = 0; s < sets_.strata.size(); ++s) {
        const RiskSets::Stratum& stratum = sets_.strata[s];
        at_risk.clear();
        std::uint32_t entered = stratum.row_last;
        std::uint32_t leaving = sets_.by_start_ends[s];
        const std::uint32_t left_all = s == 0 ? 0 : sets_.by_start_ends[s - 1];
        for (std::uint32_t e = stratum.event_last; e-- > stratum.event_first;) {
            const RiskSets::Event& event = sets_.events[e];
            if (tied.zeroth != 0) tied.clear();
            for (; entered > event.first; --entered) {
                const std::uint32_t i = entered - 1;
                if (sets_.began[i] >= sets_.ended[i]) continue;
                const bool is_tied = i < event.last && event.count > 1 && is_event(i);
                (is_tied ? tied : at_risk).add(relative_[i], rows_.row(i));
            }
            if (event.count > 1) at_risk.add(tied);
            for (; leaving > left_all && sets_.began[sets_.by_start[leaving - 1]] > e; --leaving) {
                const std::uint32_t i = sets_.by_start[leaving - 1];
                at_risk.add(-relative_[i], rows_.row(i));
            }
            at_risk.settle();
            if (rows_leave && at_risk.is_worn()) sum_anew(e, stratum, at_risk);
            visit(e, at_risk, tied, shares_of(event, at_risk, tied));
        }
    }
}

std::vector<double> CoxLikelihood::cumulative_hazards(std::span<const double> factors) const {
    // Hazard before each event time of its stratum, and what rounding took of it: a row that enters late is the difference of two sums that
    // may be far larger.
    std::vector<double> before(sets_.events.size()), lost(sets_.events.size()), cumulative(relative_.size());
    auto factor = [&](std::size_t event) { return factors.empty() ? 1.0 : factors[event]; };
    for (const RiskSets::Stratum& stratum : sets_.strata) {
        double sum = 0, rest = 0;
        for (std::uint32_t e = stratum.event_first; e < stratum.event_last; ++e) {
            before[e] = sum;
            lost[e] = rest;
            add_compensated(sum, rest, factor(e) * hazards_[e]);
        }
    }
    for (std::size_t i = 0; i < cumulative.size(); ++i) {
        const std::uint32_t began = sets_.began[i], last = sets_.ended[i] - 1;
        if (began >= sets_.ended[i]) continue;
        // Those with an event at the last time have partly left by then.
        const double at_last = is_event(i) ? tied_hazards_[last] : hazards_[last];
        cumulative[i] = (before[last] - before[began]) + (lost[last] - lost[began]) + factor(last) * at_last;
    }
    return cumulative;
}

/// Takes Σ factor · m x̄ x̄ᵀ off the information, whose sums over shares are square · S₁S₁ᵀ − cross · (S₁E₁ᵀ + E₁S₁ᵀ) + tied · E₁E₁ᵀ: two
/// rows.
void CoxLikelihood::take_means(std::span<const double> factors, Matrix& information) {
    constexpr std::size_t portion = 256;
    const std::size_t width = rows_.width;
    std::vector<double> rows(portion * width), weights(portion), gram(width * width, 0.0);
    std::size_t count = 0;
    auto flush = [&] {
        add_gram({rows.data(), weights.data(), count, width}, gram.data());
        count = 0;
    };
    auto push = [&](double weight) {
        weights[count] = weight;
        return rows.data() + width * count++;
    };
    log_likelihood_ = 0;
    sweep([&](std::uint32_t e, const Sums& at_risk, const Sums& tied, const Shares& shares) {
        log_likelihood_ -= shares.log_sum;
        hazards_[e] = shares.hazard;
        tied_hazards_[e] = shares.tied_hazard;
        const double factor = factors.empty() ? 1.0 : factors[e], lean = shares.cross / shares.square, unit = 1 / at_risk.zeroth;
        double* row = push(factor * shares.square);
        std::fill_n(row, width, 0.0);
        add_scaled(unit, at_risk.first.data(), width, row);
        if (const double rest = shares.tied - shares.cross * lean; rest > 0) {
            add_scaled(-lean * unit, tied.first.data(), width, row);
            row = push(factor * rest);
            std::fill_n(row, width, 0.0);
            add_scaled(unit, tied.first.data(), width, row);
        }
        if (count + 2 > portion) flush();
    });
    flush();
    for (std::size_t a = 0; a < covariates(); ++a)
        for (std::size_t b = a; b < covariates(); ++b) information(a, b) -= gram[a * rows_.width + b];
}

void CoxLikelihood::add_rows(std::span<const double> weights, Matrix& information) const {
    std::vector<double> gram(rows_.width * rows_.width, 0.0);
    add_gram({rows_.values.data(), weights.data(), weights.size(), rows_.width}, gram.data());
    for (std::size_t a = 0; a < covariates(); ++a) {
        for (std::size_t b = a; b < covariates(); ++b) {
            information(a, b) += gram[a * rows_.width + b];
            information(b, a) = information(a, b);
        }
    }
}

CoxDerivatives CoxLikelihood::at(std::span<const double> coefficients) {
    compute_relative_hazards(coefficients);
    CoxDerivatives result{0, {}, Matrix(covariates(), covariates())};
    take_means({}, result.information);
    std::vector<double> expected = cumulative_hazards({}), gradient(rows_.width, 0.0);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        expected[i] *= relative_[i];
        const double own = is_event(i) ? weight(i) : 0.0, residual = own - expected[i];
        log_likelihood_ += own * linear_[i];
        add_scaled(residual, rows_.row(i), rows_.width, gradient.data());
    }
    add_rows(expected, result.information);
    result.gradient.assign(gradient.begin(), gradient.begin() + static_cast<long>(covariates()));
    auto is_finite = [](double value) { return std::isfinite(value); };
    const bool are_finite = is_finite(log_likelihood_) && std::ranges::all_of(result.gradient, is_finite) &&
                            std::ranges::all_of(result.information.values(), is_finite);
    result.log_likelihood = are_finite ? log_likelihood_ : -std::numeric_limits<double>::infinity();
    return result;
}

Matrix CoxLikelihood::weighted_information(std::span<const double> factors) {
    Matrix information(covariates(), covariates());
    take_means(factors, information);
    std::vector<double> expected = cumulative_hazards(factors);
    for (std::size_t i = 0; i < expected.size(); ++i) expected[i] *= relative_[i];
    add_rows(expected, information);
    return information;
}

double CoxLikelihood::reach() const {
    double reach = 0;
    for (double linear : linear_) reach = std::max(reach, std::abs(linear));
    return reach;
}

std::vector<double> CoxLikelihood::martingale_residuals() const {
    const std::vector<double> cumulative = cumulative_hazards({});
    std::vector<double> residuals(cumulative.size());
    for (std::size_t i = 0; i < cumulative.size(); ++i)
        residuals[sets_.row_of[i]] = (is_event(i) ? 1.0 : 0.0) - std::exp(linear_[i]) * cumulative[i];
    return residuals;
}

Matrix CoxLikelihood::risk_set_means() {
    Matrix means(sets_.events.size(), covariates());
    sweep([&](std::uint32_t e, const Sums& at_risk, const Sums& tied, const Shares& shares) {
        for (std::size_t j = 0; j < covariates(); ++j)
            means(e, j) = (shares.mean * at_risk.first[j] - shares.mean_tied * tied.first[j]) / at_risk.zeroth;
    });
    return means;
}

}  // namespace quoin
