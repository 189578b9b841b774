#include "learning/series/prophet_fit.h"

#include <algorithm>
#include <cmath>

#include "learning/series/prophet_plan.h"
#include "learning/series/sparse_quadratic.h"

namespace quoin {
namespace {

constexpr double least_noise = 1e-9;  ///< of a series that the model meets without error; also what Prophet gives a constant one

/// The posterior of the model linearised at a point, minimised over parameters and noise in turn.
class Linearised {
public:
    Linearised(const ProphetData& data, const ProphetPoint& at, ProphetSums sums) : data_(data), at_(at), sums_(std::move(sums)) {}

    /// `damping`: added to the diagonal of JᵀJ/σ², as a share of it.
    ProphetPoint minimum(double damping) const {
        ProphetPoint point = at_;
        point.noise = std::max(best_noise(data_.times.size(), sums_.squares), least_noise);
        constexpr int rounds_max = 60;
        for (int round = 0; round < rounds_max; ++round) {
            point.values = minimise(quadratic(point.noise, damping), point.values);
            double noise = std::max(best_noise(data_.times.size(), squares(point)), least_noise);
            double change = std::abs(noise - point.noise) / noise;
            point.noise = noise;
            if (change < 1e-9) break;
        }
        return point;
    }

private:
    SparseQuadratic quadratic(double noise, double damping) const {
        std::size_t size = at_.values.size(), sparse_end = 2 + data_.changepoints.size();
        SparseQuadratic result{sums_.information, sums_.slope, 2, sparse_end, 1 / data_.changepoint_prior_scale};
        double precision = 1 / (noise * noise);
        for (std::size_t i = 0; i < size; ++i) {
            std::span<double> row = result.hessian.row(i);
            for (double& entry : row) entry *= precision;
            double linear = result.linear[i] * precision;
            for (std::size_t j = 0; j < size; ++j) linear += row[j] * at_.values[j];
            double prior = i < 2 ? 5.0 : i < sparse_end ? 0 : data_.prior_scales[i - sparse_end];
            double ridge = prior > 0 ? 1 / (prior * prior) : 1e-9;  // a change that no row sees has no other curvature
            double damped = damping * (row[i] + ridge);
            result.linear[i] = linear + damped * at_.values[i];
            row[i] += ridge + damped;
        }
        return result;
    }

    /// Σ r² of the linearised model.
    double squares(const ProphetPoint& point) const {
        std::size_t size = at_.values.size();
        double result = sums_.squares;
        for (std::size_t i = 0; i < size; ++i) {
            double step = point.values[i] - at_.values[i], moved = 0;
            for (std::size_t j = 0; j < size; ++j) moved += sums_.information(i, j) * (point.values[j] - at_.values[j]);
            result += step * (moved - 2 * sums_.slope[i]);
        }
        return std::max(result, 0.0);
    }

    const ProphetData& data_;
    const ProphetPoint& at_;
    ProphetSums sums_;
};

bool is_linear(const ProphetData& data) {
    return data.growth != ProphetGrowth::logistic && std::ranges::find(data.is_multiplicative, true) == data.is_multiplicative.end();
}

struct Found {
    ProphetPoint point;
    double value;
};

Found search(const ProphetData& data, ProphetPoint point) {
    auto evaluated = [&](ProphetPoint at) {
        double squares = residual_squares(data, at);
        at.noise = std::max(best_noise(data.times.size(), squares), least_noise);
        double value = negative_log_posterior(data, at, squares);
        return Found{std::move(at), value};
    };
    Found best = evaluated(std::move(point));
    constexpr int passes_max = 200, shrinkings_max = 12;
    double damping = is_linear(data) ? 0 : 1e-3;
    int calm = 0;  // passes in a row that brought next to nothing
    for (int pass = 0; pass < passes_max && calm < 3; ++pass) {
        ProphetPoint from = best.point;
        Linearised model(data, from, residual_sums(data, from));
        double before = best.value;
        for (int shrinking = 0; shrinking < shrinkings_max; ++shrinking) {
            Found next = evaluated(model.minimum(damping));
            if (std::isfinite(next.value) && next.value < best.value) {
                best = std::move(next);
                damping = damping < 1e-7 ? 0 : damping / 5;
                break;
            }
            damping = std::max(damping * 8, 1e-6);
        }
        double gain = before - best.value;
        calm = gain <= 1e-9 * std::max(1.0, std::abs(best.value)) ? calm + 1 : 0;
        if (is_linear(data) || gain == 0) break;
    }
    return best;
}

}  // namespace

Result<ProphetModel> fit_prophet(const Series& series, const ProphetOptions& options, const ProphetHistory& history) {
    TRY(plan, plan_prophet(series, options, history));
    ProphetModel model = std::move(plan.model);
    Found found{starting_point(plan.data), 0};
    found.point.noise = least_noise;
    if (!plan.is_constant) found = search(plan.data, std::move(found.point));
    if (!std::isfinite(found.value)) return fail(ErrorKind::internal, "the posterior of Prophet's model is not finite at its start");
    model.trend = trend_of(plan.data, found.point);
    model.effects = effects_of(plan.data, found.point);
    model.noise = found.point.noise;
    model.objective = -found.value;
    if (plan.has_dummy_changepoint) {
        model.trend.rate += model.trend.changes[0];
        model.trend.changes[0] = 0;
    }
    return model;
}

}  // namespace quoin
