#include "control/survival_scorecard.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "evaluation/survival/censored_scores.h"
#include "evaluation/survival/concordance.h"
#include "evaluation/survival/incidence_scores.h"

namespace quoin {
namespace {

constexpr double uncensored_min = 0.05;

/// What all scores need.
struct Judged {
    const SurvivalForecasts& rows;
    CompetingTimes times;
    SurvivalCurve censoring;
    std::vector<double> grid;  ///< as far as enough rows are not censored

    double horizon() const { return grid.back(); }
    Matrix incidence() const {
        Matrix taken(rows.times.size(), grid.size());
        for (std::size_t i = 0; i < taken.rows(); ++i)
            for (std::size_t k = 0; k < grid.size(); ++k) taken(i, k) = rows.incidence[i * rows.grid.size() + k];
        return taken;
    }
};

Status add_order(const Judged& judged, Scorecard& card) {
    std::vector<std::uint8_t> events;
    for (auto outcome : judged.rows.outcomes) events.push_back(outcome == 1 ? 1 : 0);
    SurvivalTimes times{.stops = judged.times.stops, .events = events};
    TRY(harrell, concordance(times, judged.rows.risks));
    card.metrics.push_back({"c_index", harrell.index()});
    auto uno = uno_concordance(times, judged.rows.risks, judged.censoring, judged.horizon());
    if (uno) card.metrics.push_back({"uno_c_index", *uno});
    return {};
}

Status add_probabilities(const Judged& judged, Scorecard& card) {
    auto incidence = judged.incidence();
    TRY(scores, incidence_brier_scores(judged.times, incidence, judged.grid, judged.censoring));
    TRY(ibs, integrated_brier_score(scores, judged.grid));
    TRY(population, cumulative_incidence(judged.times, judged.grid));
    Matrix constant(incidence.rows(), judged.grid.size());
    for (std::size_t i = 0; i < constant.rows(); ++i) std::ranges::copy(population, constant.row(i).begin());
    TRY(plain_scores, incidence_brier_scores(judged.times, constant, judged.grid, judged.censoring));
    TRY(plain, integrated_brier_score(plain_scores, judged.grid));
    card.metrics.push_back({"ibs", ibs});
    if (plain > 0) card.metrics.push_back({"ibs_skill", 1 - ibs / plain});
    std::vector<double> last;
    for (std::size_t i = 0; i < incidence.rows(); ++i) last.push_back(incidence(i, judged.grid.size() - 1));
    TRY(bins, incidence_calibration(judged.times, last, judged.horizon()));
    double error = 0;
    for (const auto& bin : bins)
        error += std::abs(bin.predicted - bin.observed) * static_cast<double>(bin.rows) / static_cast<double>(last.size());
    card.metrics.push_back({"incidence_ece", error});
    double mean = std::accumulate(last.begin(), last.end(), 0.0) / static_cast<double>(last.size());
    card.metrics.push_back({"incidence_error", mean - population.back()});
    return {};
}

/// A row whose event happened within the horizon, and for how many it stands.
struct Happened {
    std::size_t row;
    double weight;
};

double weighted_median(std::vector<std::pair<double, double>> values) {
    std::ranges::sort(values);
    double all = 0, seen = 0;
    for (const auto& [value, weight] : values) all += weight;
    for (const auto& [value, weight] : values)
        if ((seen += weight) >= all / 2) return value;
    return NAN;
}

void add_times(const Judged& judged, std::span<const Happened> happened, Scorecard& card) {
    const auto& rows = judged.rows;
    double weights = 0, error = 0, square = 0, median_error = 0;
    std::vector<std::pair<double, double>> relative, absolute;
    for (const auto& [i, weight] : happened) {
        double off = rows.values[i] - rows.times[i];
        weights += weight, error += weight * std::abs(off), square += weight * off * off;
        median_error += weight * std::abs(rows.medians[i] - rows.times[i]);
        relative.emplace_back(off / rows.times[i], weight), absolute.emplace_back(std::abs(off) / rows.times[i], weight);
    }
    if (!(weights > 0)) return;
    card.metrics.push_back({"mae", error / weights});
    card.metrics.push_back({"rmse", std::sqrt(square / weights)});
    card.metrics.push_back({"mae_of_median", median_error / weights});
    card.metrics.push_back({"mdape", weighted_median(std::move(absolute))});
    card.metrics.push_back({"median_error", weighted_median(std::move(relative))});
    for (std::size_t level = 0; level < rows.intervals.size(); ++level) {
        CoverageRow row{"all", happened.size(), 0, 0};
        for (const auto& [i, weight] : happened) {
            auto [lower, upper] = rows.intervals[level][i];
            row.coverage += (rows.times[i] >= lower && rows.times[i] <= upper) * weight / weights;
            row.mean_width_share += (upper - lower) / rows.values[i] * weight / weights;
        }
        card.coverage.emplace_back(rows.levels[level], row);
    }
}

}  // namespace

Result<Scorecard> score_of_survival(const Forecasts& forecasts) {
    const auto& rows = *forecasts.survival;
    CompetingTimes times{rows.times, rows.outcomes};
    TRY(censoring, censoring_curve(times));
    Judged judged{rows, times, std::move(censoring), {}};
    for (double time : rows.grid)
        if (judged.censoring.at(time) >= uncensored_min) judged.grid.push_back(time);
    if (judged.grid.size() < 2)
        return fail(ErrorKind::invalid, "fewer than 5 % of the {} rows were watched for {}; the model cannot be judged", rows.times.size(),
                    rows.grid[std::min<std::size_t>(1, rows.grid.size() - 1)]);
    Scorecard card{.owner = forecasts.owner};
    TRY_VOID(add_order(judged, card));
    TRY_VOID(add_probabilities(judged, card));
    std::vector<Happened> happened;
    for (std::size_t i = 0; i < rows.times.size(); ++i)
        if (rows.outcomes[i] == 1 && rows.times[i] <= judged.horizon()) happened.push_back({i, 1 / judged.censoring.at(rows.times[i])});
    add_times(judged, happened, card);
    return card;
}

}  // namespace quoin
