#include "simulation/lead_process.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace quoin {
namespace {

constexpr std::array source_shares = {0.15, 0.08, 0.22, 0.25, 0.15, 0.15};
constexpr std::array source_log_odds = {1.8, 2.2, -0.8, -0.2, -2.0, 0.6};
constexpr std::array financing_shares = {0.25, 0.40, 0.10, 0.10, 0.05, 0.10};
constexpr std::array financing_log_odds = {0.5, 0.0, -0.2, -0.1, -0.5, -0.2};
constexpr std::array financing_log_days = {-0.35, 0.0, 0.15, 0.2, 0.35, 0.05};
constexpr std::array property_type_shares = {0.55, 0.15, 0.20, 0.10};
constexpr std::array property_type_log_odds = {0.0, 0.1, 0.0, -0.4};
constexpr std::array property_type_log_days = {0.0, 0.0, -0.05, 0.3};
constexpr std::array lost_stage_shares = {0.45, 0.33, 0.15, 0.06, 0.01};  ///< open stages that a lost lead reached

constexpr double intercept = -1.5, per_discount = 7, per_log_velocity = 1.6, per_intent = 2.8, per_log_value = -0.5;
constexpr double value_typical_usd = 340'000, value_log_sigma = 0.45;
constexpr double discount_mean = 0.02, discount_sigma = 0.10;
constexpr double intent_max = 2.5;
constexpr double close_median_days = 42, close_log_sigma = 0.5, close_per_log_velocity = -0.8;
constexpr double lost_median_days = 70, lost_log_sigma = 0.8;

constexpr int intent_points = 61, day_points = 160;

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

template <std::size_t N>
std::size_t choose(const std::array<double, N>& shares, Rng& rng) {
    double at = rng.uniform();
    for (std::size_t i = 0; i + 1 < N; ++i) {
        if (at < shares[i]) return i;
        at -= shares[i];
    }
    return N - 1;
}

double log_odds_without_intent(const LeadTraits& traits) {
    return intercept + source_log_odds[traits.source] + financing_log_odds[traits.financing] +
           property_type_log_odds[traits.property_type] + per_discount * traits.asking_discount + per_log_velocity * traits.log_velocity +
           per_log_value * std::log(traits.property_value_usd / value_typical_usd);
}

/// Density of the logarithm of a log-normal time, up to a factor that all points share.
double log_normal_weight(double log_days, double log_median, double sigma) {
    double z = (log_days - log_median) / sigma;
    return std::exp(-z * z / 2) / sigma;
}

/// P(the first `seen` of `total` sorted uniform moments on (0, days) lie where they were seen, the others after `age`), up to a factor that
/// is the same for all `total` and `days`: m!/(m − s)! · (days − age)^(m − s) / days^m.
double stage_likelihood(int total, int seen, double days, double age) {
    if (total < seen) return 0;
    double likelihood = 1;
    for (int k = total; k > total - seen; --k) likelihood *= k / days;
    for (int k = seen; k < total; ++k) likelihood *= (days - age) / days;
    return likelihood;
}

double lost_stage_likelihood(int seen, double days, double age) {
    double sum = 0;
    for (int total = seen; total <= lead_stages_open; ++total)
        sum += lost_stage_shares[static_cast<std::size_t>(total)] * stage_likelihood(total, seen, days, age);
    return sum;
}

/// Integrals over the days to the end of a lead that is open at an age.
struct EndIntegrals {
    double converts = 0, converts_soon = 0, converts_long = 0, log_days = 0, lost = 0, lost_soon = 0;
};

EndIntegrals integrate_end(const LeadTraits& traits, const LeadEvidence& seen, double soon, double later) {
    EndIntegrals sums;
    const double close_log_median = LeadProcess::log_median_days_to_close(traits), lost_log_median = std::log(lost_median_days);
    // Points are spaced evenly in log(days − age), so that the days just ahead are as fine as those far off.
    const double from = std::log(0.02), to = std::log(3000.0), step = (to - from) / day_points;
    for (int i = 0; i < day_points; ++i) {
        double ahead = std::exp(from + (i + 0.5) * step), days = seen.age_days + ahead;
        double width = step * ahead / days;  // in log days
        double closing = width * log_normal_weight(std::log(days), close_log_median, close_log_sigma) *
                         stage_likelihood(lead_stages_open, seen.stages, days, seen.age_days);
        sums.converts += closing;
        if (ahead <= soon) sums.converts_soon += closing;
        if (ahead <= later) sums.converts_long += closing, sums.log_days += closing * std::log(ahead);
        double losing = width * log_normal_weight(std::log(days), lost_log_median, lost_log_sigma) *
                        lost_stage_likelihood(seen.stages, days, seen.age_days);
        sums.lost += losing;
        if (ahead <= soon) sums.lost_soon += losing;
    }
    return sums;
}

/// Likelihood of what a lead did, with and without a deal at the end, up to a common factor.
struct IntentIntegrals {
    double converts = 0, lost = 0;
};

IntentIntegrals integrate_intent(const LeadTraits& traits, const LeadEvidence& seen) {
    std::array<double, intent_points> intents, log_weights;
    for (int i = 0; i < intent_points; ++i) {
        auto at = static_cast<std::size_t>(i);
        double intent = intents[at] = -intent_max + 2 * intent_max * i / (intent_points - 1);
        double rate = LeadProcess::interactions_per_day(intent), strong = LeadProcess::strong_share(intent),
               reach = LeadProcess::reach_probability(intent);
        log_weights[at] = -intent * intent / 2 - rate * seen.age_days + (seen.strong + seen.weak) * std::log(rate) +
                          seen.strong * std::log(strong) + seen.weak * std::log1p(-strong) + seen.reached * std::log(reach) +
                          seen.not_reached * std::log1p(-reach);
    }
    double largest = std::ranges::max(log_weights), base = log_odds_without_intent(traits);
    IntentIntegrals sums;
    for (std::size_t i = 0; i < intents.size(); ++i) {
        double weight = std::exp(log_weights[i] - largest), probability = logistic(base + per_intent * intents[i]);
        sums.converts += weight * probability;
        sums.lost += weight * (1 - probability);
    }
    return sums;
}

}  // namespace

LeadTraits LeadProcess::draw_traits(Rng& rng) {
    LeadTraits traits;
    traits.source = choose(source_shares, rng);
    traits.financing = choose(financing_shares, rng);
    traits.property_type = choose(property_type_shares, rng);
    traits.market = rng.below(lead_markets.size());
    traits.property_value_usd = std::round(value_typical_usd * std::exp(value_log_sigma * rng.normal()) / 1000) * 1000;
    traits.asking_discount = std::clamp(discount_mean + discount_sigma * rng.normal(), -0.3, 0.4);
    traits.intent = std::clamp(rng.normal(), -intent_max, intent_max);
    return traits;
}

double LeadProcess::conversion_probability(const LeadTraits& traits) {
    return logistic(log_odds_without_intent(traits) + per_intent * traits.intent);
}

double LeadProcess::log_median_days_to_close(const LeadTraits& traits) {
    return std::log(close_median_days) + financing_log_days[traits.financing] + property_type_log_days[traits.property_type] +
           close_per_log_velocity * traits.log_velocity;
}

double LeadProcess::interactions_per_day(double intent) { return std::exp(-1.6 + 0.9 * intent); }
double LeadProcess::strong_share(double intent) { return logistic(-0.3 + 1.2 * intent); }
double LeadProcess::reach_probability(double intent) { return logistic(0.3 + 0.8 * intent); }

LeadFate LeadProcess::fate_of(bool converts, double days, Rng& rng) {
    LeadFate fate{converts, days, {}};
    std::size_t stages = converts ? lead_stages_open : choose(lost_stage_shares, rng);
    for (std::size_t i = 0; i < stages; ++i) fate.stage_days.push_back(days * rng.uniform());
    std::ranges::sort(fate.stage_days);
    return fate;
}

LeadFate LeadProcess::draw_fate(const LeadTraits& traits, Rng& rng) {
    bool converts = rng.uniform() < conversion_probability(traits);
    double log_days = converts ? log_median_days_to_close(traits) + close_log_sigma * rng.normal()
                               : std::log(lost_median_days) + lost_log_sigma * rng.normal();
    return fate_of(converts, std::exp(log_days), rng);
}

LeadProcess::Forecast LeadProcess::forecast(const LeadTraits& traits, const LeadEvidence& seen, double horizon_days,
                                            double horizon_days_long) {
    auto did = integrate_intent(traits, seen);
    auto ends = integrate_end(traits, seen, horizon_days, horizon_days_long);
    Forecast forecast;
    double all = did.converts * ends.converts + did.lost * ends.lost;
    forecast.probability = did.converts * ends.converts_soon / all;
    forecast.lost = did.lost * ends.lost_soon / all;
    forecast.log_days_mean = ends.log_days / ends.converts_long;
    return forecast;
}

}  // namespace quoin
