#include "models/tail/threshold_choice.h"

#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

Status check(std::span<const double> values, const ThresholdOptions& options) {
    if (!(options.share_most > 0 && options.share_most < 1) || options.exceedances_min < 20 || options.candidates < 2 ||
        options.candidates > 1000 || !(options.deviations > 0))
        return fail(
            ErrorKind::invalid,
            "a threshold is chosen among 2 to 1000 candidates with a share in (0, 1), at least 20 exceedances and positive deviations");
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!(std::abs(values[i]) <= 1e150))
            return fail(ErrorKind::invalid, "value {} of the series is {}, not a finite number", i, values[i]);
    if (static_cast<double>(values.size()) * options.share_most < static_cast<double>(options.exceedances_min))
        return fail(ErrorKind::invalid, "{} values are too few to choose a threshold; {:.0f} are needed", values.size(),
                    std::ceil(static_cast<double>(options.exceedances_min) / options.share_most));
    return {};
}

/// Values in descending order; nothing where the tail above the threshold cannot be fitted.
std::optional<ThresholdCandidate> candidate_at(std::span<const double> descending, std::size_t exceedances) {
    double threshold = descending[exceedances];
    std::vector<double> excesses;
    double sum = 0;
    for (double value : descending) {
        if (value <= threshold) break;
        excesses.push_back(value - threshold);
        sum += excesses.back();
    }
    auto law = fit_pareto({excesses});
    if (!law) return std::nullopt;
    auto covariance = covariance_of(*law, excesses);
    if (!covariance) return std::nullopt;
    return ThresholdCandidate{threshold,
                              excesses.size(),
                              sum / static_cast<double>(excesses.size()),
                              *law,
                              std::sqrt(covariance->shape),
                              law->scale - law->shape * threshold};
}

}  // namespace

Result<ThresholdChoice> choose_threshold(std::span<const double> values, const ThresholdOptions& options) {
    TRY_VOID(check(values, options));
    std::vector<double> descending(values.begin(), values.end());
    std::sort(descending.begin(), descending.end(), std::greater<>());
    double most = std::floor(static_cast<double>(values.size()) * options.share_most), least = static_cast<double>(options.exceedances_min);
    ThresholdChoice choice{{}, 0};
    for (std::size_t i = 0; i < options.candidates; ++i) {
        double part = static_cast<double>(i) / static_cast<double>(options.candidates - 1);
        auto exceedances = static_cast<std::size_t>(std::round(most * std::pow(least / most, part)));
        auto candidate = candidate_at(descending, std::min(exceedances, descending.size() - 1));
        if (candidate && (choice.candidates.empty() || candidate->threshold > choice.candidates.back().threshold))
            choice.candidates.push_back(*candidate);
    }
    if (choice.candidates.empty()) return fail(ErrorKind::invalid, "above no candidate do the values have a tail that can be fitted");
    auto stable = [&](const ThresholdCandidate& low, const ThresholdCandidate& high) {
        double variance = std::max(high.shape_error * high.shape_error - low.shape_error * low.shape_error, 0.0);
        return std::abs(high.law.shape - low.law.shape) <= options.deviations * std::sqrt(variance) + 1e-12;
    };
    for (choice.chosen = 0; choice.chosen + 1 < choice.candidates.size(); ++choice.chosen) {
        const auto& low = choice.candidates[choice.chosen];
        if (std::all_of(choice.candidates.begin() + static_cast<std::ptrdiff_t>(choice.chosen) + 1, choice.candidates.end(),
                        [&](const auto& high) { return stable(low, high); }))
            break;
    }
    return choice;
}

}  // namespace quoin
