#include "models/series/nbeats_model.h"

#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

constexpr std::size_t members_max = 1'000;
constexpr double naive_share = 0.1;

Status check_history(std::span<const double> history) {
    if (history.empty()) return fail(ErrorKind::invalid, "there are no values to forecast from");
    for (std::size_t i = 0; i < history.size(); ++i)
        if (!std::isfinite(history[i])) return fail(ErrorKind::invalid, "value {} is missing or not finite; interpolate first", i + 1);
    return {};
}

/// Mean absolute change over a season; of a shorter history over one step.
double naive_change(std::span<const double> history, std::size_t period) {
    std::size_t lag = history.size() > period ? period : 1;
    if (history.size() <= lag) return 0;
    double sum = 0;
    for (std::size_t i = lag; i < history.size(); ++i) sum += std::abs(history[i] - history[i - lag]);
    return sum / static_cast<double>(history.size() - lag);
}

double median(std::vector<double>& values) {
    std::ranges::sort(values);
    std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double deviation(const std::vector<double>& values) {
    double mean = 0, squares = 0;
    for (double value : values) mean += value / static_cast<double>(values.size());
    for (double value : values) squares += (value - mean) * (value - mean) / static_cast<double>(values.size());
    return std::sqrt(squares);
}

}  // namespace

Result<NbeatsModel> NbeatsModel::make(Parts parts) {
    if (parts.members.empty() || parts.period == 0) return fail(ErrorKind::corrupt, "N-BEATS: no member, or a period of 0");
    if (parts.members.size() > members_max) return fail(ErrorKind::too_large, "N-BEATS: more than {} members", members_max);
    std::size_t horizon = parts.members[0].network.parts().horizon;
    for (const Member& member : parts.members)
        if (member.network.parts().horizon != horizon) return fail(ErrorKind::corrupt, "N-BEATS: members of different horizons");
    const PathCalibration& calibration = parts.calibration;
    auto is_bad = [](double v) { return !std::isfinite(v) || v < 0; };
    if ((!calibration.growth.empty() && calibration.growth.size() != horizon) || std::ranges::any_of(calibration.growth, is_bad) ||
        std::ranges::any_of(calibration.scores, is_bad) || !std::ranges::is_sorted(calibration.scores))
        return fail(ErrorKind::corrupt, "N-BEATS: the calibration does not fit {} steps", horizon);
    NbeatsModel model;
    model.parts_ = std::move(parts);
    return model;
}

Result<LearnedPathModel> NbeatsModel::path(std::span<const double> history) const {
    TRY_VOID(check_history(history));
    std::vector<std::vector<double>> by_step(horizon());
    for (const Member& member : parts_.members) {
        Matrix stacks = member.network.forecast_by_stack(history);
        for (std::size_t i = 0; i < horizon(); ++i) {
            double sum = 0;
            for (std::size_t s = 0; s < stacks.rows(); ++s) sum += stacks(s, i);
            if (!std::isfinite(sum)) return fail(ErrorKind::unsupported, "N-BEATS: weights or values are too large for single precision");
            by_step[i].push_back(sum);
        }
    }
    double floor = naive_share * naive_change(history, parts_.period);
    LearnedPathModel path;
    for (std::vector<double>& values : by_step) {
        path.below.push_back(floor + deviation(values));
        path.point.push_back(median(values));
    }
    path.above = path.below;
    return calibrated(std::move(path), parts_.calibration);
}

Result<Matrix> NbeatsModel::components(std::span<const double> history) const {
    TRY_VOID(check_history(history));
    Matrix sum(2, horizon());
    double count = 0;
    for (const Member& member : parts_.members) {
        const auto& stacks = member.network.parts().stacks;
        if (stacks.size() != 2 || stacks[0].kind != NbeatsNetwork::Kind::trend || stacks[1].kind != NbeatsNetwork::Kind::seasonality)
            continue;
        Matrix one = member.network.forecast_by_stack(history);
        for (std::size_t i = 0; i < horizon(); ++i) sum(0, i) += one(0, i), sum(1, i) += one(1, i);
        ++count;
    }
    if (count == 0) return Matrix();
    for (std::size_t i = 0; i < horizon(); ++i) sum(0, i) /= count, sum(1, i) /= count;
    return sum;
}

}  // namespace quoin
