#include "models/detector/stream_detector.h"

#include <algorithm>
#include <cmath>

#include "base/rng.h"

namespace quoin {
namespace {

constexpr double value_limit = 1e90;
constexpr double score_floor = 0.05;         // of the spread of a logarithm of scores: quieter streams count as this lively
constexpr std::uint64_t learning_rows = 50;  // before deviations are judged
constexpr double recent_rows = 10;
constexpr double deviations_max = 50;
// Weights of the members' logarithms.
constexpr double weight_recent = 0.25, weight_shingle = 0.25, weight_surprise = 0.25;
constexpr double evidence_at_half = 6.2, forest_evidence_at_half = 4.7;  // where an alarm pays on the benchmark, to one decimal

Status check(const StreamOptions& options) {
    auto refuse = [](const char* field, const char* remedy) {
        return fail_field(ErrorKind::invalid, field, "the stream detector takes {}", remedy);
    };
    if (options.columns < 1 || options.columns > 64) return refuse("columns", "rows of 1 to 64 values");
    if (options.warm_up < 2 || options.warm_up > 100000) return refuse("warm_up", "a warm-up of 2 to 10⁵ rows");
    if (options.memory < 100 || options.memory > 1000000000) return refuse("memory", "a memory of 100 to 10⁹ rows");
    if (options.shingle < 2 || options.shingle > 64) return refuse("shingle", "shingles of 2 to 64 rows");
    if (options.rest > 1000000) return refuse("rest", "a rest of at most 10⁶ rows");
    if (!(options.alarm > 0 && options.alarm <= 1)) return refuse("alarm", "an alarm level in (0, 1]");
    return {};
}

CutForestOptions forest_of(const StreamOptions& options, std::size_t rows_together) {
    return {.dimensions = options.columns * rows_together,
            .trees = rows_together == 1 ? std::size_t{40} : std::size_t{30},
            .sample_size = rows_together == 1 ? std::size_t{1024} : std::size_t{256},
            .memory_points = static_cast<double>(options.memory),
            .seed = options.seed + rows_together};
}

}  // namespace

double StreamDetector::Fading::standardised(double value, double floor) const {
    return count <= learning_rows ? 0 : (value - mean) / std::max(std::sqrt(variance), floor);
}

void StreamDetector::Fading::learn(double value, double memory) {
    ++count;
    double share = std::max(1 / static_cast<double>(count), 1 / memory), distance = value - mean;
    mean += share * distance;
    variance = (1 - share) * (variance + share * distance * distance);
}

Result<StreamDetector> StreamDetector::make(const StreamOptions& options) {
    TRY_VOID(check(options));
    StreamDetector detector(options);
    for (std::size_t together : {std::size_t{1}, options.shingle}) {
        if (together > 1 && options.members == StreamMembers::forest) break;
        TRY(forest, RobustCutForest::make(forest_of(options, together)));
        detector.forests_.push_back(std::move(forest));
    }
    return detector;
}

/// The end of the warm-up: scales from its rows, which are then learnt in order.
Status StreamDetector::start() {
    std::size_t columns = options_.columns, rows = waiting_.size() / columns;
    for (std::size_t j = 0; j < columns; ++j) {
        std::vector<double> values;
        for (std::size_t i = 0; i < rows; ++i) values.push_back(waiting_[i * columns + j]);
        ChangePointOptions changes{.model = RunModel::student, .expected_run = 500, .mass_min = 1e-4, .runs_max = 50};
        TRY(detector, ChangePointDetector::make(changes));
        columns_.push_back({RobustScale::of(values), std::move(detector), {}});
    }
    for (std::size_t i = 0; i < rows; ++i) TRY_VOID(judge(std::span(waiting_).subspan(i * columns, columns), {}));
    waiting_ = {};
    return {};
}

Result<StreamScore> StreamDetector::update(std::span<const double> row, std::span<double> shares) {
    if (row.size() != options_.columns)
        return fail(ErrorKind::invalid, "the row has {} values; the stream has {}", row.size(), options_.columns);
    for (double value : row)
        if (!(std::abs(value) <= value_limit)) return fail(ErrorKind::invalid, "the stream detector cannot judge the value {}", value);
    std::fill(shares.begin(), shares.end(), 0.0);
    if (rows_ < options_.warm_up) {
        waiting_.insert(waiting_.end(), row.begin(), row.end());
        if (++rows_ == options_.warm_up) TRY_VOID(start());
        return StreamScore{0, false, 0};
    }
    ++rows_;
    return judge(row, shares);
}

Result<StreamScore> StreamDetector::judge(std::span<const double> row, std::span<double> shares) {
    std::vector<double> standardised(row.begin(), row.end());
    for (std::size_t j = 0; j < row.size(); ++j)
        standardised[j] = std::clamp(columns_[j].scale.standardised(row[j]), -value_limit, value_limit);
    TRY(sum, evidence(standardised, shares));
    if (!unsurpassed(sum)) return StreamScore{0, false, sum};
    double half = options_.members == StreamMembers::forest ? forest_evidence_at_half : evidence_at_half;
    double score = 1 / (1 + std::exp(half - sum));
    return StreamScore{score, score >= options_.alarm, sum};
}

Result<double> StreamDetector::evidence(std::span<const double> row, std::span<double> shares) {
    TRY(displacement, forests_[0].update(row, shares));
    if (displacement > 0)
        for (double& share : shares) share /= displacement;
    double sum = std::log1p(displacement);
    if (options_.members == StreamMembers::forest) return sum;
    recent_score_ += std::max(1 / static_cast<double>(forest_score_.count + 1), 1 / recent_rows) * (sum - recent_score_);
    double recent = std::clamp(forest_score_.standardised(recent_score_, score_floor), -5.0, 20.0);
    forest_score_.learn(sum, static_cast<double>(options_.memory));
    TRY(shingled, shingle_evidence(row));
    TRY(by_column, column_evidence(row));
    return sum + weight_recent * recent + shingled + by_column;
}

Result<double> StreamDetector::shingle_evidence(std::span<const double> row) {
    if (shingle_.size() == options_.columns * options_.shingle)
        shingle_.erase(shingle_.begin(), shingle_.begin() + static_cast<std::ptrdiff_t>(options_.columns));
    shingle_.insert(shingle_.end(), row.begin(), row.end());
    if (shingle_.size() < options_.columns * options_.shingle) return 0.0;
    TRY(displacement, forests_[1].update(shingle_));
    return weight_shingle * std::log1p(displacement);
}

/// The most that one column tells: how surprising its value is to the runs it may belong to, against how surprising values have been.
Result<double> StreamDetector::column_evidence(std::span<const double> row) {
    double most = 0;
    for (std::size_t j = 0; j < row.size(); ++j) {
        Column& column = columns_[j];
        TRY(report, column.changes.update(row[j]));
        double surprise = column.surprise.standardised(-report.log_density, score_floor);
        column.surprise.learn(-report.log_density, static_cast<double>(options_.memory));
        most = std::max(most, weight_surprise * std::log1p(std::clamp(surprise, 0.0, deviations_max)));
    }
    return most;
}

/// Whether the evidence is above that of each of the last `rest` rows; takes it into the record of peaks. O(1) amortised.
bool StreamDetector::unsurpassed(double evidence) {
    std::uint64_t now = forests_[0].points();
    if (!peaks_.empty() && peaks_.front().first + options_.rest < now) peaks_.erase(peaks_.begin());
    bool highest = peaks_.empty() || evidence > peaks_.front().second;
    while (!peaks_.empty() && peaks_.back().second <= evidence) peaks_.pop_back();
    peaks_.emplace_back(now, evidence);
    return highest;
}

}  // namespace quoin
