#include "evaluation/survival/incidence_scores.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "evaluation/survival/product_limit.h"

namespace quoin {
namespace {

Status check(const CompetingTimes& times, std::span<const double> horizons) {
    if (times.stops.empty() || times.stops.size() != times.outcomes.size())
        return fail(ErrorKind::invalid, "{} times and {} outcomes are no rows", times.stops.size(), times.outcomes.size());
    for (std::size_t i = 0; i < times.stops.size(); ++i)
        if (!(times.stops[i] >= 0) || !std::isfinite(times.stops[i]) || times.outcomes[i] > 2)
            return fail(ErrorKind::invalid, "row {}: time {}, outcome {}", i, times.stops[i], times.outcomes[i]);
    for (std::size_t k = 0; k < horizons.size(); ++k)
        if (!std::isfinite(horizons[k]) || (k > 0 && horizons[k] <= horizons[k - 1]))
            return fail_field(ErrorKind::invalid, "horizons", "horizon {} ({}) is not after the one before it", k, horizons[k]);
    return {};
}

std::vector<std::size_t> by_time(const CompetingTimes& times) {
    std::vector<std::size_t> order(times.stops.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return times.stops[i]; });
    return order;
}

}  // namespace

Result<std::vector<double>> cumulative_incidence(const CompetingTimes& times, std::span<const double> horizons) {
    TRY_VOID(check(times, horizons));
    auto order = by_time(times);
    std::vector<double> incidence;
    double at_risk = static_cast<double>(order.size()), neither = 1, happened = 0;
    std::size_t next = 0;
    for (double horizon : horizons) {
        while (next < order.size() && times.stops[order[next]] <= horizon) {
            double time = times.stops[order[next]], counts[3] = {0, 0, 0};
            for (; next < order.size() && times.stops[order[next]] == time; ++next) ++counts[times.outcomes[order[next]]];
            happened += neither * counts[1] / at_risk;
            neither *= 1 - (counts[1] + counts[2]) / at_risk;
            at_risk -= counts[0] + counts[1] + counts[2];
        }
        incidence.push_back(happened);
    }
    return incidence;
}

Result<SurvivalCurve> censoring_curve(const CompetingTimes& times) {
    TRY_VOID(check(times, {}));
    std::vector<std::uint8_t> ended;
    for (auto outcome : times.outcomes) ended.push_back(outcome == 0 ? 0 : 1);
    return censoring_curve(SurvivalTimes{.stops = times.stops, .events = ended});
}

Result<std::vector<double>> incidence_brier_scores(const CompetingTimes& times, const Matrix& incidence, std::span<const double> horizons,
                                                   const SurvivalCurve& censoring) {
    TRY_VOID(check(times, horizons));
    if (incidence.rows() != times.stops.size() || incidence.columns() != horizons.size())
        return fail(ErrorKind::invalid, "{} x {} predictions for {} rows and {} horizons", incidence.rows(), incidence.columns(),
                    times.stops.size(), horizons.size());
    std::vector<double> scores;
    for (std::size_t k = 0; k < horizons.size(); ++k) {
        double beyond = censoring.at(horizons[k]), sum = 0;
        if (!(beyond > 0)) return fail(ErrorKind::invalid, "at horizon {} all are censored; take nearer horizons", horizons[k]);
        for (std::size_t i = 0; i < times.stops.size(); ++i) {
            double predicted = incidence(i, k), error = predicted - (times.outcomes[i] == 1 ? 1 : 0);
            if (!(predicted >= 0 && predicted <= 1)) return fail(ErrorKind::invalid, "row {}: {} is no probability", i, predicted);
            if (times.stops[i] > horizons[k]) sum += predicted * predicted / beyond;
            else if (times.outcomes[i] != 0) sum += error * error / censoring.at(times.stops[i]);  // at least `beyond`, above 0
        }
        scores.push_back(sum / static_cast<double>(times.stops.size()));
    }
    return scores;
}

Result<std::vector<IncidenceBin>> incidence_calibration(const CompetingTimes& times, std::span<const double> predicted, double horizon,
                                                        std::size_t bins) {
    TRY_VOID(check(times, {&horizon, 1}));
    if (predicted.size() != times.stops.size() || bins == 0)
        return fail(ErrorKind::invalid, "{} predictions of {} rows in {} bins", predicted.size(), times.stops.size(), bins);
    std::vector<std::size_t> order(predicted.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return predicted[i]; });
    std::vector<IncidenceBin> made;
    for (std::size_t b = 0; b < bins; ++b) {
        std::vector<double> stops;
        std::vector<std::uint8_t> outcomes;
        IncidenceBin bin;
        for (auto k = order.size() * b / bins; k < order.size() * (b + 1) / bins; ++k) {
            stops.push_back(times.stops[order[k]]), outcomes.push_back(times.outcomes[order[k]]);
            bin.predicted += predicted[order[k]];
        }
        if (stops.empty()) continue;
        bin.rows = stops.size();
        bin.predicted /= static_cast<double>(bin.rows);
        TRY(observed, cumulative_incidence({stops, outcomes}, {&horizon, 1}));
        bin.observed = observed.front();
        made.push_back(bin);
    }
    return made;
}

}  // namespace quoin
