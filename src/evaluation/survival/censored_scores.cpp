#include "evaluation/survival/censored_scores.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "evaluation/survival/product_limit.h"

namespace quoin {
namespace {

Status check_horizons(const SurvivalTimes& times, std::span<const double> horizons) {
    TRY_VOID(check(times));
    if (!times.starts.empty() || !times.weights.empty())
        return fail(ErrorKind::unsupported, "scores by the probability of censoring take no late entries and no weights");
    if (horizons.empty()) return fail(ErrorKind::invalid, "there is no horizon");
    for (std::size_t k = 0; k < horizons.size(); ++k)
        if (!std::isfinite(horizons[k]) || (k > 0 && horizons[k] <= horizons[k - 1]))
            return fail_field(ErrorKind::invalid, "horizons", "horizon {} ({}) is not after the one before it", k, horizons[k]);
    return {};
}

/// 1 / G(T) of the events until the last horizon, 0 of the other rows.
Result<std::vector<double>> event_weights(const SurvivalTimes& times, double last_horizon, const SurvivalCurve& censoring) {
    std::vector<double> weights(times.rows(), 0.0);
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (!times.events[i] || times.stops[i] > last_horizon) continue;
        const double uncensored = censoring.at(times.stops[i]);
        if (!(uncensored > 0)) return fail(ErrorKind::invalid, "at time {} all are censored; take nearer horizons", times.stops[i]);
        weights[i] = 1 / uncensored;
    }
    return weights;
}

}  // namespace

Result<std::vector<double>> brier_scores(const SurvivalTimes& times, const Matrix& survival, std::span<const double> horizons,
                                         const SurvivalCurve& censoring) {
    TRY_VOID(check_horizons(times, horizons));
    if (survival.rows() != times.rows() || survival.columns() != horizons.size())
        return fail(ErrorKind::invalid, "{} x {} predictions for {} rows and {} horizons", survival.rows(), survival.columns(),
                    times.rows(), horizons.size());
    TRY(weights, event_weights(times, horizons.back(), censoring));
    std::vector<double> scores;
    for (std::size_t k = 0; k < horizons.size(); ++k) {
        const double beyond = censoring.at(horizons[k]);
        if (!(beyond > 0)) return fail(ErrorKind::invalid, "at horizon {} all are censored; take nearer horizons", horizons[k]);
        double sum = 0;
        for (std::size_t i = 0; i < times.rows(); ++i) {
            const double predicted = survival(i, k);
            if (!(predicted >= 0 && predicted <= 1)) return fail(ErrorKind::invalid, "row {}: {} is no probability", i, predicted);
            if (times.stops[i] > horizons[k]) sum += (1 - predicted) * (1 - predicted) / beyond;
            else sum += predicted * predicted * weights[i];
        }
        scores.push_back(sum / static_cast<double>(times.rows()));
    }
    return scores;
}

Result<double> integrated_brier_score(std::span<const double> scores, std::span<const double> horizons) {
    if (scores.size() != horizons.size() || scores.size() < 2)
        return fail(ErrorKind::invalid, "{} scores at {} horizons have no integral", scores.size(), horizons.size());
    double area = 0;
    for (std::size_t k = 1; k < scores.size(); ++k) area += (scores[k] + scores[k - 1]) / 2 * (horizons[k] - horizons[k - 1]);
    return area / (horizons.back() - horizons.front());
}

Result<DynamicAuc> dynamic_auc(const SurvivalTimes& times, std::span<const double> risks, std::span<const double> horizons,
                               const SurvivalCurve& censoring) {
    TRY_VOID(check_horizons(times, horizons));
    if (risks.size() != times.rows()) return fail(ErrorKind::invalid, "{} risks for {} rows", risks.size(), times.rows());
    if (!std::ranges::all_of(risks, [](double risk) { return std::isfinite(risk); }))
        return fail(ErrorKind::invalid, "a risk is no number");
    TRY(weights, event_weights(times, horizons.back(), censoring));
    std::vector<std::size_t> order(risks.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return risks[i]; });
    DynamicAuc auc;
    for (double horizon : horizons) {
        double later = 0, sooner = 0, won = 0;
        for (std::size_t first = 0, last; first < order.size(); first = last) {
            double tied_later = 0, tied_sooner = 0;
            for (last = first; last < order.size() && risks[order[last]] == risks[order[first]]; ++last) {
                if (times.stops[order[last]] > horizon) tied_later += 1;
                else tied_sooner += weights[order[last]];
            }
            won += tied_sooner * (later + tied_later / 2);
            later += tied_later;
            sooner += tied_sooner;
        }
        if (!(later > 0 && sooner > 0))
            return fail(ErrorKind::invalid, "at horizon {} there are no events before, or nobody is left", horizon);
        auc.at.push_back(won / (later * sooner));
    }
    TRY(estimate, product_limit(times));
    double before = 1;
    for (std::size_t k = 0; k < horizons.size(); ++k) {
        const double now = estimate.curve.at(horizons[k]);
        auc.mean += auc.at[k] * (before - now);
        before = now;
    }
    auc.mean /= 1 - before;
    return auc;
}

}  // namespace quoin
