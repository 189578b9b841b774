#include "models/series/tft_model.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <numbers>

#include "models/series/nbeats_network.h"

namespace quoin {
namespace {

constexpr std::size_t period_max = 1'000'000;
constexpr double outlier = 10;  // scaled inputs are clipped to ± this

float clipped(double value) { return static_cast<float>(std::clamp(value, -outlier, outlier)); }

bool all_finite(const std::vector<double>& values) {
    return std::ranges::all_of(values, [](double v) { return std::isfinite(v); });
}

Status check(const TftSeries& series, std::size_t origin, const TftModel::Parts& parts, const TftShape& shape) {
    if (origin == 0 || origin > series.target.size())
        return fail(ErrorKind::invalid, "TFT: an origin of {} in a series of {} values", origin, series.target.size());
    if (series.categories.size() != shape.categories.size() || series.static_numbers.size() != shape.static_numbers ||
        series.observed.size() != parts.observed_names.size() || series.known.size() != parts.known_names.size())
        return fail(ErrorKind::invalid, "TFT: a series with other inputs than the network was trained with");
    for (const auto& column : series.observed)
        if (column.size() < origin || !all_finite(column)) return fail(ErrorKind::invalid, "TFT: an observed input is short or not finite");
    for (const auto& column : series.known)
        if (column.size() < origin + shape.horizon || !all_finite(column))
            return fail(ErrorKind::invalid, "TFT: a known input ends before the horizon, or is not finite");
    if (!all_finite(series.target) || !all_finite(series.static_numbers)) return fail(ErrorKind::invalid, "TFT: a value is not finite");
    return {};
}

/// Before a series begins, its first value counts.
double value_at(const std::vector<double>& values, std::ptrdiff_t index) {
    return values[static_cast<std::size_t>(std::max<std::ptrdiff_t>(index, 0))];
}

/// The known inputs of one step: seasons, step, lags, then the caller's.
class KnownInputs {
public:
    KnownInputs(const TftSeries& series, std::size_t origin, const TftModel::Parts& parts, const TftShape& shape)
        : series_(series), origin_(static_cast<std::ptrdiff_t>(origin)), parts_(parts), shape_(shape),
          level_(scaled_window(std::span(series.target).first(origin), shape.lookback)) {}

    /// `ahead` < 0: in the past.
    void append(std::vector<float>& to, std::ptrdiff_t ahead) const {
        std::ptrdiff_t at = origin_ + ahead;
        for (std::size_t period : parts_.periods) {
            double turn = 2 * std::numbers::pi * static_cast<double>(at) / static_cast<double>(period);
            to.push_back(static_cast<float>(std::sin(turn)));
            to.push_back(static_cast<float>(std::cos(turn)));
        }
        to.push_back(static_cast<float>(static_cast<double>(ahead) / static_cast<double>(shape_.lookback)));
        for (std::size_t period : parts_.periods)
            to.push_back(scaled(value_at(series_.target, at - static_cast<std::ptrdiff_t>(season_lag(period, shape_.horizon)))));
        for (std::size_t k = 0; k < series_.known.size(); ++k)
            to.push_back(clipped((value_at(series_.known[k], at) - parts_.known_scales[k].mean) / parts_.known_scales[k].deviation));
    }
    float scaled(double value) const { return level_.scale > 0 ? clipped((value - level_.mean) / level_.scale) : 0; }

private:
    const TftSeries& series_;
    std::ptrdiff_t origin_;
    const TftModel::Parts& parts_;
    const TftShape& shape_;
    ScaledWindow level_;
};

double normal_distance(double quantile) { return std::abs(boost::math::quantile(boost::math::normal(), quantile)); }

}  // namespace

std::size_t season_lag(std::size_t period, std::size_t horizon) { return period * ((horizon + period - 1) / period); }

std::size_t added_known(std::size_t periods) { return 3 * periods + 1; }

Result<TftWindow> tft_window(const TftSeries& series, std::size_t origin, const TftModel::Parts& parts, const TftShape& shape) {
    TRY_VOID(check(series, origin, parts, shape));
    TftWindow window;
    for (std::size_t c = 0; c < series.categories.size(); ++c)
        window.categories.push_back(series.categories[c] < shape.categories[c] ? series.categories[c] : 0);
    for (std::size_t i = 0; i < series.static_numbers.size(); ++i)
        window.static_numbers.push_back(
            clipped((series.static_numbers[i] - parts.static_scales[i].mean) / parts.static_scales[i].deviation));
    KnownInputs known(series, origin, parts, shape);
    std::vector<ScaledWindow> observed;
    for (const auto& column : series.observed) observed.push_back(scaled_window(std::span(column).first(origin), shape.lookback));
    const auto lookback = static_cast<std::ptrdiff_t>(shape.lookback);
    for (std::ptrdiff_t t = -lookback; t < 0; ++t) {
        window.past.push_back(known.scaled(value_at(series.target, static_cast<std::ptrdiff_t>(origin) + t)));
        for (const ScaledWindow& column : observed)
            window.past.push_back(clipped(static_cast<double>(column.values[static_cast<std::size_t>(lookback + t)])));
        known.append(window.past, t);
    }
    for (std::ptrdiff_t t = 0; t < static_cast<std::ptrdiff_t>(shape.horizon); ++t) known.append(window.future, t);
    return window;
}

Result<TftModel> TftModel::make(Parts parts) {
    const TftShape& shape = parts.network.shape();
    auto is_bad = [](const Scale& scale) {
        return !std::isfinite(scale.mean) || !std::isfinite(scale.deviation) || !(scale.deviation > 0);
    };
    bool fits = parts.static_scales.size() == shape.static_numbers && parts.known_scales.size() == parts.known_names.size() &&
                parts.static_names.size() == shape.statics() && 1 + parts.observed_names.size() == shape.observed &&
                added_known(parts.periods.size()) + parts.known_names.size() == shape.known &&
                std::ranges::none_of(parts.periods, [](std::size_t period) { return period < 2 || period > period_max; }) &&
                std::ranges::none_of(parts.static_scales, is_bad) && std::ranges::none_of(parts.known_scales, is_bad);
    fits = fits && (parts.levels.empty() || parts.levels.size() == shape.categories.size());
    for (std::size_t c = 0; fits && c < parts.levels.size(); ++c) fits = parts.levels[c].size() < shape.categories[c];
    if (!fits) return fail(ErrorKind::corrupt, "TFT: names, periods or scales do not fit the network's inputs");
    if (!std::ranges::binary_search(shape.quantiles, 0.5) || shape.quantiles.size() < 3 || shape.quantiles[0] == 0.5 ||
        shape.quantiles.back() == 0.5)
        return fail(ErrorKind::corrupt, "TFT: the quantiles have no median, or none on one side of it");
    auto is_negative = [](double v) { return !std::isfinite(v) || v < 0; };
    const PathCalibration& calibration = parts.calibration;
    if ((!calibration.growth.empty() && calibration.growth.size() != shape.horizon) ||
        std::ranges::any_of(calibration.growth, is_negative) || std::ranges::any_of(calibration.scores, is_negative) ||
        !std::ranges::is_sorted(calibration.scores))
        return fail(ErrorKind::corrupt, "TFT: the calibration does not fit {} steps", shape.horizon);
    TftModel model;
    model.parts_ = std::move(parts);
    return model;
}

std::vector<std::string> TftModel::future_names() const {
    std::vector<std::string> names;
    for (std::size_t period : parts_.periods) {
        names.push_back(fmt::format("sine of {}", period));
        names.push_back(fmt::format("cosine of {}", period));
    }
    names.push_back("step");
    for (std::size_t period : parts_.periods)
        names.push_back(fmt::format("value {} before", season_lag(period, parts_.network.shape().horizon)));
    names.insert(names.end(), parts_.known_names.begin(), parts_.known_names.end());
    return names;
}

std::vector<std::string> TftModel::past_names() const {
    std::vector<std::string> names = {"value"}, known = future_names();
    names.insert(names.end(), parts_.observed_names.begin(), parts_.observed_names.end());
    names.insert(names.end(), known.begin(), known.end());
    return names;
}

Result<TftWindow> TftModel::window(const TftSeries& series, std::size_t origin) const {
    return tft_window(series, origin, parts_, parts_.network.shape());
}

Result<Matrix> TftModel::quantiles(const TftSeries& series, std::size_t origin) const {
    TRY(read, window(series, origin));
    const TftShape& shape = parts_.network.shape();
    ScaledWindow level = scaled_window(std::span(series.target).first(origin), shape.lookback);
    TftAnswer answer = parts_.network.answer(read);
    Matrix result(shape.horizon, shape.quantiles.size());
    for (std::size_t i = 0; i < shape.horizon; ++i) {
        for (std::size_t q = 0; q < shape.quantiles.size(); ++q)
            result(i, q) = level.mean + level.scale * static_cast<double>(answer.quantiles[i * shape.quantiles.size() + q]);
        if (!std::ranges::all_of(result.row(i), [](double v) { return std::isfinite(v); }))
            return fail(ErrorKind::unsupported, "TFT: weights or values are too large for single precision");
        std::ranges::sort(result.row(i));
    }
    return result;
}

Result<LearnedPathModel> TftModel::path(const TftSeries& series, std::size_t origin) const {
    TRY(found, quantiles(series, origin));
    const std::vector<double>& levels = parts_.network.shape().quantiles;
    const auto middle = static_cast<std::size_t>(std::ranges::lower_bound(levels, 0.5) - levels.begin());
    // The units are deviations of normal errors with the quantiles next to the median.
    double below = normal_distance(levels[middle - 1]), above = normal_distance(levels[middle + 1]);
    LearnedPathModel path;
    for (std::size_t i = 0; i < found.rows(); ++i) {
        path.point.push_back(found(i, middle));
        path.below.push_back((found(i, middle) - found(i, middle - 1)) / below);
        path.above.push_back((found(i, middle + 1) - found(i, middle)) / above);
    }
    return calibrated(std::move(path), parts_.calibration);
}

Result<TftReasons> TftModel::reasons(const TftSeries& series, std::size_t origin) const {
    TRY(read, window(series, origin));
    const TftShape& shape = parts_.network.shape();
    TftAnswer answer = parts_.network.answer(read);
    TftReasons reasons{{answer.static_weights.begin(), answer.static_weights.end()},
                       {answer.past_weights.begin(), answer.past_weights.end()},
                       {answer.future_weights.begin(), answer.future_weights.end()},
                       std::vector<double>(shape.lookback)};
    double sum = 0;
    for (std::size_t i = 0; i < shape.horizon; ++i)
        for (std::size_t t = 0; t < shape.lookback; ++t) {
            double weight = static_cast<double>(answer.attention[i * (shape.lookback + shape.horizon) + t]);
            reasons.attention[t] += weight;
            sum += weight;
        }
    for (double& weight : reasons.attention) weight = sum > 0 ? weight / sum : 0;
    return reasons;
}

}  // namespace quoin
