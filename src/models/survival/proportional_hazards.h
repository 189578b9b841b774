#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"
#include "models/regressor.h"
#include "models/survival/survival_curve.h"

namespace quoin {

/// Cumulative baseline hazard H₀(t) of one stratum: a step function from 0, continuous from the right.
struct BaselineHazard {
    std::string stratum;             ///< its name; empty if there is only one
    std::vector<double> times;       ///< of events, ascending
    std::vector<double> cumulative;  ///< of a subject whose log hazard is 0; rising
    double last_time = 0;            ///< the end of the longest watch

    double at(double time) const;
};

/// What one covariate does to the hazard of one row, beside a subject at the covariates' training means.
struct RiskFactor {
    std::size_t covariate = 0;
    double contribution = 0;  ///< to the log hazard: coefficient · (x − mean), or the SHAP value of a forest
    double hazard_ratio = 1;  ///< e^contribution: above 1 the event comes sooner
};

struct SurvivalQuestion {
    std::size_t stratum = 0;
    double horizon = 0;                              ///< of the expected time; 0: the stratum's last time
    std::vector<double> grid;                        ///< where the distribution is wanted, any order
    std::vector<double> shares = {0.25, 0.5, 0.75};  ///< of which quantiles are wanted, in (0, 1)
};

struct SurvivalAnswer {
    double log_hazard = 0;                         ///< relative to the baseline
    double expected = 0;                           ///< E min(T, horizon), the restricted mean
    double horizon = 0;                            ///< that `expected` was restricted to
    std::vector<std::optional<double>> quantiles;  ///< one per share; nothing where the curve ends before
    std::vector<double> survival;                  ///< P(T > t), one per grid point
    std::vector<RiskFactor> factors;               ///< one per covariate, largest |contribution| first
};

/// A covariate that somebody can move, and the values that it may take.
struct Lever {
    std::size_t covariate = 0;
    std::vector<double> values;
};

struct LeverEffect {
    std::size_t covariate = 0;
    double value = 0;
    double expected = 0;      ///< with that value in place of the row's, all else equal
    double change = 0;        ///< of the expected time; negative: sooner
    double hazard_ratio = 1;  ///< against the row as it is
};

/// A proportional hazards model: H(t | x) = H₀(t) · e^f(x), one baseline H₀ per stratum. f is linear (Cox 1972) or a forest (boosted
/// partial likelihood). Association, not cause: what a lever does is what the model says, all else equal. Immutable; thread-safe.
class ProportionalHazards {
public:
    struct Parts {
        std::vector<std::string> covariates;
        Regressor log_hazard;
        std::vector<BaselineHazard> baselines;  ///< at least one
    };
    /// Error: invalid: names that do not fit the regressor, a baseline that does not rise or is not finite, no baseline.
    static Result<ProportionalHazards> make(Parts parts);

    const Parts& parts() const { return parts_; }
    std::size_t covariates() const { return parts_.covariates.size(); }
    /// Error: not_found.
    Result<std::size_t> stratum(std::string_view name) const;

    // Preconditions of what follows: rows have covariates() values, strata are below baselines.size(). A missing covariate (NaN) counts as
    // the regressor says: a linear one takes the training mean.

    /// f(x), one per row: a higher one means a sooner event.
    std::vector<double> log_hazards(MatrixView<const double> rows) const;
    SurvivalCurve curve(std::span<const double> row, std::size_t stratum = 0) const;
    /// P(T > t): rows × grid, without making the curves. `strata`: one per row; empty: 0.
    Matrix survival(MatrixView<const double> rows, std::span<const std::uint32_t> strata, std::span<const double> grid) const;
    /// Error: invalid: a stratum that there is not, a share outside (0, 1), a horizon or a grid point that is no time.
    Result<SurvivalAnswer> answer(std::span<const double> row, const SurvivalQuestion& question = {}) const;
    /// What each value of each lever would do alone, soonest first.
    std::vector<LeverEffect> lever_effects(std::span<const double> row, std::span<const Lever> levers,
                                           const SurvivalQuestion& question = {}) const;

    /// docs/formats/survival.md.
    std::vector<std::byte> save() const;
    /// Error: corrupt; unsupported (a later version).
    static Result<ProportionalHazards> load(std::span<const std::byte> bytes);

private:
    explicit ProportionalHazards(Parts parts) : parts_(std::move(parts)) {}
    double horizon_of(const SurvivalQuestion& question) const;

    Parts parts_;
};

/// Σ over the baseline's steps of the area under e^(−H₀ · e^log_hazard), as SurvivalCurve::restricted_mean of the curve.
double restricted_mean(const BaselineHazard& baseline, double log_hazard, double horizon);

}  // namespace quoin
