#include "learning/series/arima_search.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <tuple>

#include "learning/series/arima_fit.h"
#include "models/series/seasonal_indices.h"

namespace quoin {
namespace {

bool is_constant(std::span<const double> values) {
    return std::ranges::all_of(values, [&](double value) { return value == values[0]; });
}

ArimaOrder differences(std::span<const double> values, const ArimaSearchOptions& options) {
    ArimaOrder order;
    constexpr double kpss_critical = 0.463;
    if (options.period > 1 && values.size() >= 2 * options.period + 5) {
        order.period = options.period;
        order.seasonal_d = seasonal_strength(values, options.period) > options.seasonal_strength_min;
    }
    while (order.d < 2 && order.d + order.seasonal_d < 3) {
        std::vector<double> rest = differenced(values, order);
        constexpr std::size_t rest_min = 5;
        if (rest.size() < rest_min || is_constant(rest) || kpss_statistic(rest) <= kpss_critical) break;
        ++order.d;
        if (order.differencing() + rest_min > values.size()) {
            --order.d;
            break;
        }
    }
    return order;
}

/// Whether 1 − Σ coefficients z^i has a root with modulus below 1.01.
bool is_near_unit(std::span<const double> coefficients) {
    auto size = static_cast<Eigen::Index>(coefficients.size());
    if (size == 0) return false;
    Eigen::MatrixXd companion = Eigen::MatrixXd::Zero(size, size);
    for (Eigen::Index i = 0; i < size; ++i) companion(0, i) = coefficients[static_cast<std::size_t>(i)];
    for (Eigen::Index i = 0; i + 1 < size; ++i) companion(i + 1, i) = 1;
    return companion.eigenvalues().cwiseAbs().maxCoeff() > 1 / 1.01;
}

bool is_sound(const ArimaModel& model) {
    auto negated = [](std::vector<double> values) {
        for (double& value : values) value = -value;
        return values;
    };
    const ArimaCoefficients& c = model.coefficients;
    return std::isfinite(model.aicc) && !is_near_unit(c.ar) && !is_near_unit(c.seasonal_ar) && !is_near_unit(negated(c.ma)) &&
           !is_near_unit(negated(c.seasonal_ma));
}

class Search {
public:
    Search(std::span<const double> values, const ArimaSearchOptions& options) : values_(values), options_(options) {
        base_ = differences(values, options);
        bool is_long = values.size() > options.exact_values_max || base_.period > 12;
        fit_.likelihood = is_long ? ArimaLikelihood::conditional : ArimaLikelihood::exact;
    }

    void run() {
        bool is_seasonal = base_.period > 1;
        bool with_mean = base_.d + base_.seasonal_d < 2;
        for (auto [p, q] : {std::pair{2, 2}, {0, 0}, {1, 0}, {0, 1}}) {
            Candidate start{base_, with_mean};
            start.order.p = static_cast<std::size_t>(p);
            start.order.q = static_cast<std::size_t>(q);
            start.order.seasonal_p = is_seasonal && p > 0;
            start.order.seasonal_q = is_seasonal && q > 0;
            try_one(start);
        }
        if (with_mean) try_one({base_, false});
        while (best_ && tried_.size() < options_.models_max && step()) continue;
    }
    std::optional<ArimaModel> best() const { return best_; }
    bool has_mean() const { return at_.has_mean; }
    bool was_conditional() const { return fit_.likelihood == ArimaLikelihood::conditional; }

private:
    struct Candidate {
        ArimaOrder order;
        bool has_mean = true;
    };

    bool try_one(const Candidate& candidate) {
        const ArimaOrder& o = candidate.order;
        if (std::max(o.p, o.q) > options_.order_max || std::max(o.seasonal_p, o.seasonal_q) > options_.seasonal_order_max ||
            o.p + o.q + o.seasonal_p + o.seasonal_q > options_.orders_sum_max)
            return false;
        if (!tried_.insert({o.p, o.q, o.seasonal_p, o.seasonal_q, candidate.has_mean}).second) return false;
        fit_.has_mean = candidate.has_mean;
        auto model = fit_arima(values_, o, fit_);
        if (!model || !is_sound(*model) || (best_ && model->aicc >= best_->aicc)) return false;
        best_ = std::move(*model);
        at_ = candidate;
        return true;
    }

    /// To the first neighbour that is better; false: there is none.
    bool step() {
        using Change = std::array<int, 4>;  // of p, q, and the seasonal two
        constexpr Change changes[] = {{0, 0, -1, 0}, {0, 0, 1, 0}, {0, 0, 0, -1}, {0, 0, 0, 1}, {0, 0, -1, -1}, {0, 0, 1, 1},
                                      {-1, 0, 0, 0}, {1, 0, 0, 0}, {0, -1, 0, 0}, {0, 1, 0, 0}, {-1, -1, 0, 0}, {1, 1, 0, 0}};
        for (const Change& change : changes) {
            Candidate next = at_;
            std::array places = {&next.order.p, &next.order.q, &next.order.seasonal_p, &next.order.seasonal_q};
            bool is_possible = base_.period > 1 || (change[2] == 0 && change[3] == 0);
            for (std::size_t i = 0; i < places.size(); ++i) {
                is_possible = is_possible && (change[i] >= 0 || *places[i] > 0);
                *places[i] += static_cast<std::size_t>(change[i]);
            }
            if (is_possible && try_one(next)) return true;
        }
        Candidate other{at_.order, !at_.has_mean};
        return base_.d + base_.seasonal_d < 2 && try_one(other);
    }

    std::span<const double> values_;
    ArimaSearchOptions options_;
    ArimaOrder base_;
    ArimaFitOptions fit_;
    Candidate at_;
    std::optional<ArimaModel> best_;
    std::set<std::tuple<std::size_t, std::size_t, std::size_t, std::size_t, bool>> tried_;
};

/// What differencing turns into a constant: a constant or a straight line, without error.
ArimaModel exact_line(std::span<const double> values, const ArimaOrder& order, double change) {
    ArimaModel model;
    model.order = {.d = order.d, .seasonal_d = order.seasonal_d, .period = order.period};
    model.coefficients.mean = change;
    model.state = {0};
    auto last = values.last(order.differencing());
    model.last.assign(last.begin(), last.end());
    return model;
}

}  // namespace

double kpss_statistic(std::span<const double> values) {
    double n = static_cast<double>(values.size()), mean = 0, sum = 0, partial = 0;
    for (double value : values) mean += value / n;
    for (double value : values) {
        partial += value - mean;
        sum += partial * partial;
    }
    auto lags = static_cast<std::size_t>(3 * std::sqrt(n) / 13);
    double variance = 0;
    for (std::size_t lag = 0; lag <= lags; ++lag) {
        double weight = lag == 0 ? 1 : 2 * (1 - static_cast<double>(lag) / static_cast<double>(lags + 1));
        for (std::size_t i = lag; i < values.size(); ++i) variance += weight * (values[i] - mean) * (values[i - lag] - mean) / n;
    }
    return variance > 0 ? sum / (n * n * variance) : 0;
}

Result<ArimaModel> fit_arima_automatic(std::span<const double> values, const ArimaSearchOptions& options) {
    constexpr std::size_t values_min = 5;
    if (values.size() < values_min)
        return fail(ErrorKind::invalid, "ARIMA needs at least {} values; there are {}", values_min, values.size());
    if (is_constant(values)) return exact_line(values, ArimaOrder{}, values[0]);
    ArimaOrder base = differences(values, options);
    std::vector<double> rest = differenced(values, base);
    if (is_constant(rest)) return exact_line(values, base, rest[0]);
    Search search(values, options);
    search.run();
    std::optional<ArimaModel> best = search.best();
    if (!best) return fail(ErrorKind::invalid, "no ARIMA model fits {} values with a period of {}", values.size(), options.period);
    if (!search.was_conditional()) return std::move(*best);
    auto exact = fit_arima(values, best->order, {.has_mean = search.has_mean()});
    return exact && is_sound(*exact) ? std::move(*exact) : std::move(*best);
}

}  // namespace quoin
