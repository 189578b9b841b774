#include "learning/series/ets_fit.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "learning/series/ets_likelihood.h"
#include "learning/series/lbfgs.h"
#include "models/series/seasonal_indices.h"

namespace quoin {
namespace {

using Season = EtsForm::Season;

constexpr double phi_least = 0.8, phi_greatest = 0.98;
constexpr double alpha_least = 1e-4, alpha_greatest = 0.9999;

double share(double x) { return 1 / (1 + std::exp(-x)); }
double share_slope(double x) { return share(x) * (1 - share(x)); }
double logit(double p) { return std::log(p / (1 - p)); }

/// The free numbers of a fit, in this order: α, β/α, γ/(1 − α), φ as logits; level, slope, all seasons but the last.
struct EtsPlan {
    EtsForm form;

    bool has_season() const { return form.season != Season::none; }
    std::size_t parameters() const { return 1u + form.has_trend + has_season() + form.is_damped; }
    std::size_t states() const { return 1u + form.has_trend + (has_season() ? form.period - 1 : 0); }
    std::size_t size() const { return parameters() + states(); }
    /// What the seasons add up to, so that they and the level are told apart.
    double season_sum() const { return form.season == Season::multiplicative ? static_cast<double>(form.period) : 0; }

    EtsPoint point(std::span<const double> free) const;
    void chain(std::span<const double> free, const EtsPoint& slopes, std::span<double> out) const;
    std::vector<double> free(const EtsPoint& point) const;
};

EtsPoint EtsPlan::point(std::span<const double> free) const {
    EtsPoint result;
    std::size_t at = 0;
    EtsParameters& p = result.parameters;
    p.alpha = alpha_least + (alpha_greatest - alpha_least) * share(free[at++]);
    if (form.has_trend) p.beta = p.alpha * share(free[at++]);
    if (has_season()) p.gamma = (1 - p.alpha) * share(free[at++]);
    if (form.is_damped) p.phi = phi_least + (phi_greatest - phi_least) * share(free[at++]);
    result.start.level = free[at++];
    if (form.has_trend) result.start.slope = free[at++];
    if (!has_season()) return result;
    double last = season_sum();
    for (std::size_t i = 0; i + 1 < form.period; ++i) {
        result.start.seasons.push_back(free[at]);
        last -= free[at++];
    }
    result.start.seasons.push_back(last);
    return result;
}

void EtsPlan::chain(std::span<const double> free, const EtsPoint& slopes, std::span<double> out) const {
    std::size_t at = 0;
    double alpha = alpha_least + (alpha_greatest - alpha_least) * share(free[0]), by_alpha = slopes.parameters.alpha;
    at = 1;
    if (form.has_trend) {
        by_alpha += slopes.parameters.beta * share(free[at]);
        out[at] = slopes.parameters.beta * alpha * share_slope(free[at]);
        ++at;
    }
    if (has_season()) {
        by_alpha -= slopes.parameters.gamma * share(free[at]);
        out[at] = slopes.parameters.gamma * (1 - alpha) * share_slope(free[at]);
        ++at;
    }
    if (form.is_damped) {
        out[at] = slopes.parameters.phi * (phi_greatest - phi_least) * share_slope(free[at]);
        ++at;
    }
    out[0] = by_alpha * (alpha_greatest - alpha_least) * share_slope(free[0]);
    out[at++] = slopes.start.level;
    if (form.has_trend) out[at++] = slopes.start.slope;
    if (!has_season()) return;
    for (std::size_t i = 0; i + 1 < form.period; ++i) out[at++] = slopes.start.seasons[i] - slopes.start.seasons.back();
}

std::vector<double> EtsPlan::free(const EtsPoint& point) const {
    const EtsParameters& p = point.parameters;
    std::vector<double> result = {logit(p.alpha)};
    if (form.has_trend) result.push_back(logit(p.beta / p.alpha));
    if (has_season()) result.push_back(logit(p.gamma / (1 - p.alpha)));
    if (form.is_damped) result.push_back(logit((p.phi - phi_least) / (phi_greatest - phi_least)));
    result.push_back(point.start.level);
    if (form.has_trend) result.push_back(point.start.slope);
    for (std::size_t i = 0; i + 1 < point.start.seasons.size(); ++i) result.push_back(point.start.seasons[i]);
    return result;
}

/// The state that the first values suggest: classical seasonal indices, and a line through the first ten adjusted values.
EtsPoint suggested(std::span<const double> values, const EtsForm& form, const EtsParameters& first) {
    EtsPoint point;
    std::vector<double> adjusted(values.begin(), values.end());
    if (form.season != Season::none) {
        bool is_multiplicative = form.season == Season::multiplicative;
        auto indices = decompose(values, form.period, is_multiplicative);
        std::size_t shift = values.size() % form.period;
        for (std::size_t i = 0; i < form.period; ++i) {
            double factor = indices->factors[(form.period - shift + i) % form.period];
            // Where classical indices are not positive the decomposition is additive: start from no season instead.
            point.start.seasons.push_back(is_multiplicative && !indices->is_multiplicative ? 1 : factor);
        }
        for (std::size_t i = 0; i < values.size(); ++i) {
            double season = point.start.seasons[i % form.period];
            adjusted[i] = is_multiplicative ? values[i] / season : values[i] - season;
        }
    }
    double n = static_cast<double>(std::min<std::size_t>(10, values.size())), mean = 0, cross = 0, middle = (n - 1) / 2;
    for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) mean += adjusted[i] / n;
    for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) cross += (static_cast<double>(i) - middle) * (adjusted[i] - mean);
    double slope = form.has_trend ? cross / (n * (n * n - 1) / 12) : 0;
    point.start.slope = slope;
    point.start.level = form.has_trend ? mean - slope * (middle + 1) : mean;
    bool needs_positive = form.has_multiplicative_error || form.season == Season::multiplicative;
    if (needs_positive && !(point.start.level + slope > 0)) point.start = {mean, 0, std::move(point.start.seasons)};
    point.parameters = {first.alpha, form.has_trend ? 0.1 * first.alpha : 0, form.season != Season::none ? first.gamma : 0,
                        form.is_damped ? 0.95 : 1};
    return point;
}

Minimum best_of_starts(const EtsPlan& plan, std::span<const double> values, const EtsOptions& options) {
    EtsLikelihood likelihood(plan.form, values);
    auto function = [&](std::span<const double> free, std::span<double> slopes) {
        EtsScore score = likelihood(plan.point(free));
        if (std::isfinite(score.value)) plan.chain(free, score.gradient, slopes);
        return score.value;
    };
    Minimum best{{}, std::numeric_limits<double>::infinity(), 0};
    // The likelihood has several peaks: a quick and a slow level, and a season that moves.
    constexpr EtsParameters firsts[] = {{.alpha = 0.2, .gamma = 0.05}, {.alpha = 0.7, .gamma = 0.05}, {.alpha = 0.25, .gamma = 0.5}};
    for (const EtsParameters& first : std::span(firsts).first(plan.has_season() ? 3 : 2)) {
        LbfgsOptions search{.iterations_max = options.iterations_max, .gradient_tolerance = 1e-5, .decrease_tolerance = 1e-9};
        Minimum found = minimise(function, plan.free(suggested(values, plan.form, first)), search);
        if (found.value < best.value) best = std::move(found);
    }
    return best;
}

EtsModel model_of(const EtsPlan& plan, const EtsPoint& point, std::span<const double> scaled, double scale) {
    EtsScore score = EtsLikelihood(plan.form, scaled)(point);
    double n = static_cast<double>(scaled.size()), k = static_cast<double>(plan.size() + 1);
    EtsModel model{plan.form, point.parameters, score.end, 0, 0, 0};
    double variance = score.squares / n;
    model.likelihood = -(score.value - n * std::log(n) + n * (std::log(2 * std::numbers::pi) + 1)) / 2 - n * std::log(scale);
    model.aicc = -2 * model.likelihood + 2 * k + 2 * k * (k + 1) / (n - k - 1);
    model.deviation = std::sqrt(variance * n / std::max(n - k + 1, 1.0)) * (plan.form.has_multiplicative_error ? 1 : scale);
    model.end.level *= scale;
    model.end.slope *= scale;
    if (plan.form.season == Season::additive)
        for (double& season : model.end.seasons) season *= scale;
    return model;
}

}  // namespace

Result<EtsModel> fit_ets(std::span<const double> values, const EtsForm& form, const EtsOptions& options) {
    EtsPlan plan{form};
    bool needs_positive = form.has_multiplicative_error || form.season == Season::multiplicative;
    if (needs_positive && std::ranges::any_of(values, [](double value) { return !(value > 0); }))
        return fail(ErrorKind::invalid, "{} needs positive values", form.name());
    if (values.size() < plan.size() + 3 || (plan.has_season() && values.size() < 2 * form.period))
        return fail(ErrorKind::invalid, "{} has {} parameters; {} values are too few", form.name(), plan.size() + 1, values.size());
    double scale = 0;
    for (double value : values) scale += std::abs(value) / static_cast<double>(values.size());
    bool is_constant = std::ranges::all_of(values, [&](double value) { return value == values[0]; });
    if (is_constant || !(scale > 0)) return fail(ErrorKind::invalid, "{} of a constant series has no maximum", form.name());
    std::vector<double> scaled(values.begin(), values.end());
    for (double& value : scaled) value /= scale;
    Minimum found = best_of_starts(plan, scaled, options);
    if (!std::isfinite(found.value)) return fail(ErrorKind::invalid, "{} has no start with a finite likelihood", form.name());
    return model_of(plan, plan.point(found.at), scaled, scale);
}

namespace {

/// A constant goes on for ever, with bands of no width.
EtsModel constant_model(double value) { return {EtsForm{}, {.alpha = 0.5}, {.level = value}, 0, 0, 0}; }

std::vector<EtsForm> candidates(std::size_t period, bool is_positive) {
    std::vector<EtsForm> forms;
    for (Season season : {Season::none, Season::additive, Season::multiplicative}) {
        if (season != Season::none && period < 2) continue;
        for (bool error : {false, true}) {
            bool is_unstable = !error && season == Season::multiplicative;
            if (is_unstable || (error && !is_positive)) continue;
            for (int trend = 0; trend < 3; ++trend)
                forms.push_back({error, trend > 0, trend == 2, season, season == Season::none ? 1 : period});
        }
    }
    return forms;
}

}  // namespace

Result<EtsModel> fit_ets_automatic(std::span<const double> values, const EtsOptions& options) {
    if (!values.empty() && std::ranges::all_of(values, [&](double value) { return value == values[0]; })) return constant_model(values[0]);
    bool is_positive = options.allow_multiplicative && std::ranges::all_of(values, [](double value) { return value > 0; });
    std::size_t period = options.period <= options.period_max && values.size() >= 2 * options.period ? options.period : 1;
    std::optional<EtsModel> best;
    for (const EtsForm& form : candidates(period, is_positive)) {
        auto model = fit_ets(values, form, options);
        if (model && (!best || model->aicc < best->aicc)) best = std::move(*model);
    }
    if (!best) return fail(ErrorKind::invalid, "exponential smoothing needs at least 5 values; there are {}", values.size());
    return std::move(*best);
}

}  // namespace quoin
