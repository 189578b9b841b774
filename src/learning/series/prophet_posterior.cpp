#include "learning/series/prophet_posterior.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr std::size_t trend_parameters = 2;  // beside the changes: rate and offset
constexpr double rate_prior = 5, offset_prior = 5, noise_prior = 0.5;

/// The slopes of the trend by its parameters at time t are  by_rate(row) · rates + by_offset(row) · offsets  in each segment, where
/// `rates` and `offsets` are the slopes of the segment's own rate and offset by all parameters.
struct SegmentSlopes {
    VectorXd rates, offsets;
};

std::vector<SegmentSlopes> segment_slopes(const ProphetTrend& trend) {
    auto size = static_cast<Index>(trend.changes.size() + trend_parameters);
    std::vector<TrendSegment> parts = segments(trend);
    SegmentSlopes at{VectorXd::Zero(size), VectorXd::Zero(size)};
    at.offsets[1] = 1;
    if (trend.growth != ProphetGrowth::flat) at.rates[0] = 1;
    std::vector<SegmentSlopes> result = {at};
    for (std::size_t i = 0; i < trend.changes.size(); ++i) {
        auto own = static_cast<Index>(i + trend_parameters);
        VectorXd before = at.rates;
        if (trend.growth != ProphetGrowth::flat) at.rates[own] += 1;
        if (trend.growth == ProphetGrowth::linear) at.offsets[own] -= trend.changepoints[i];
        if (trend.growth == ProphetGrowth::logistic) {
            double from = parts[i].rate, to = parts[i + 1].rate, distance = trend.changepoints[i] - parts[i].offset;
            at.offsets = at.offsets * (from / to) + distance * (at.rates * (from / (to * to)) - before / to);
        }
        result.push_back(at);
    }
    return result;
}

/// Rows of one block: slopes by the segment's rate and offset, the residual, and the slopes by the effects.
class Rows {
public:
    Rows(const ProphetData& data, const ProphetPoint& point)
        : data_(data), parts_(segments(trend_of(data, point))), effects_(effects_of(data, point)) {
        additive_ = multiplicative_ = VectorXd::Zero(static_cast<Index>(effects_.size()));
        for (std::size_t j = 0; j < effects_.size(); ++j)
            (data.is_multiplicative[j] ? multiplicative_ : additive_)[static_cast<Index>(j)] = effects_[j];
        for (std::size_t j = 0; j < effects_.size(); ++j) has_multiplicative_ = has_multiplicative_ || data.is_multiplicative[j];
    }

    /// One past the last row of the segment that `row` lies in.
    std::size_t segment_end(std::size_t row) const {
        std::size_t segment = segment_at(data_.changepoints, data_.times[row]);
        if (segment == data_.changepoints.size()) return data_.times.size();
        auto end = std::ranges::lower_bound(data_.times, data_.changepoints[segment]);
        return static_cast<std::size_t>(end - data_.times.begin());
    }

    double residual(std::size_t row, const TrendSegment& part, double& trend, double& factor) const {
        auto features = feature_row(row);
        double capacity = data_.capacities.empty() ? 1 : data_.capacities[row];
        trend = trend_value(data_.growth, part, data_.times[row], capacity);
        factor = has_multiplicative_ ? 1 + features.dot(multiplicative_) : 1;
        return data_.values[row] - trend * factor - features.dot(additive_);
    }

    /// block: rows × (3 + columns).
    void fill(std::size_t first, std::size_t last, RowMajor& block) const {
        const TrendSegment& part = parts_[segment_at(data_.changepoints, data_.times[first])];
        for (std::size_t row = first; row < last; ++row) {
            auto out = block.row(static_cast<Index>(row - first));
            double trend = 0, factor = 0, time = data_.times[row];
            out[2] = residual(row, part, trend, factor);
            double steepness = 1, distance = time;
            if (data_.growth == ProphetGrowth::logistic) {
                steepness = trend * (1 - trend / data_.capacities[row]);
                distance = time - part.offset;
            }
            out[0] = factor * steepness * distance;
            out[1] = factor * steepness * (data_.growth == ProphetGrowth::logistic ? -part.rate : 1);
            auto features = feature_row(row);
            out.tail(features.size()) = features.transpose();
            if (has_multiplicative_)
                for (std::size_t j = 0; j < effects_.size(); ++j)
                    if (data_.is_multiplicative[j]) out[static_cast<Index>(j) + 3] *= trend;
        }
    }

    const std::vector<TrendSegment>& parts() const { return parts_; }

private:
    Eigen::Map<const VectorXd> feature_row(std::size_t row) const {
        auto values = data_.features.row(row);
        return {values.data(), static_cast<Index>(values.size())};
    }
    const ProphetData& data_;
    std::vector<TrendSegment> parts_;
    std::vector<double> effects_;
    VectorXd additive_, multiplicative_;
    bool has_multiplicative_ = false;
};

}  // namespace

ProphetTrend trend_of(const ProphetData& data, const ProphetPoint& point) {
    auto first = point.values.begin() + trend_parameters;
    return {data.growth, point.values[0], point.values[1], data.changepoints,
            std::vector<double>(first, first + static_cast<std::ptrdiff_t>(data.changepoints.size()))};
}

std::vector<double> effects_of(const ProphetData& data, const ProphetPoint& point) {
    auto first = point.values.begin() + static_cast<std::ptrdiff_t>(trend_parameters + data.changepoints.size());
    return {first, point.values.end()};
}

double residual_squares(const ProphetData& data, const ProphetPoint& point) {
    Rows rows(data, point);
    double squares = 0, trend = 0, factor = 0;
    for (std::size_t first = 0; first < data.times.size();) {
        const TrendSegment& part = rows.parts()[segment_at(data.changepoints, data.times[first])];
        std::size_t end = rows.segment_end(first);
        for (; first < end; ++first) {
            double residual = rows.residual(first, part, trend, factor);
            squares += residual * residual;
        }
    }
    return squares;
}

ProphetSums residual_sums(const ProphetData& data, const ProphetPoint& point) {
    Rows rows(data, point);
    std::vector<SegmentSlopes> slopes = segment_slopes(trend_of(data, point));
    auto trends = static_cast<Index>(data.changepoints.size() + trend_parameters), effects = static_cast<Index>(data.features.columns());
    Index size = trends + effects;
    MatrixXd information = MatrixXd::Zero(size, size), corner = MatrixXd::Zero(effects, effects);
    VectorXd slope = VectorXd::Zero(size);
    ProphetSums sums;
    constexpr std::size_t block_rows = 256;
    RowMajor block(block_rows, effects + 3);
    for (std::size_t first = 0; first < data.times.size();) {
        const SegmentSlopes& at = slopes[segment_at(data.changepoints, data.times[first])];
        MatrixXd top = MatrixXd::Zero(3, effects + 3);
        std::size_t end = rows.segment_end(first);
        while (first < end) {
            std::size_t last = std::min(first + block_rows, end);
            rows.fill(first, last, block);
            auto used = block.topRows(static_cast<Index>(last - first));
            top.noalias() += used.leftCols(3).transpose() * used;
            corner.selfadjointView<Eigen::Lower>().rankUpdate(used.rightCols(effects).transpose());
            first = last;
        }
        MatrixXd both(trends, 2);
        both << at.rates, at.offsets;
        information.topLeftCorner(trends, trends).noalias() += both * top.topLeftCorner(2, 2) * both.transpose();
        information.topRightCorner(trends, effects).noalias() += both * top.topRightCorner(2, effects);
        slope.head(trends) += both * top.col(2).head(2);
        slope.tail(effects) += top.row(2).tail(effects).transpose();
        sums.squares += top(2, 2);
    }
    information.bottomRightCorner(effects, effects) = corner.selfadjointView<Eigen::Lower>();
    information.bottomLeftCorner(effects, trends) = information.topRightCorner(trends, effects).transpose();
    sums.information = Matrix(static_cast<std::size_t>(size), static_cast<std::size_t>(size));
    Eigen::Map<RowMajor>(sums.information.view().data(), size, size) = information;
    sums.slope.assign(slope.data(), slope.data() + size);
    return sums;
}

double negative_log_posterior(const ProphetData& data, const ProphetPoint& point, double squares) {
    auto square = [](double x) { return x * x; };
    std::size_t effects_first = trend_parameters + data.changepoints.size();
    double sum = static_cast<double>(data.times.size()) * std::log(point.noise) + squares / (2 * square(point.noise)) +
                 square(point.values[0] / rate_prior) / 2 + square(point.values[1] / offset_prior) / 2 +
                 square(point.noise / noise_prior) / 2;
    for (std::size_t i = trend_parameters; i < effects_first; ++i) sum += std::abs(point.values[i]) / data.changepoint_prior_scale;
    for (std::size_t i = effects_first; i < point.values.size(); ++i)
        sum += square(point.values[i] / data.prior_scales[i - effects_first]) / 2;
    return sum;
}

double best_noise(std::size_t rows, double squares) {
    double n = static_cast<double>(rows);
    // (−n + √(n² + 16 s)) / 8, without the cancellation.
    return std::sqrt(2 * squares / (n + std::sqrt(n * n + 16 * squares)));
}

}  // namespace quoin
