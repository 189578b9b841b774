#include "commands/detection.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <numeric>

#include "models/detector/half_space_trees.h"
#include "models/detector/robust_scale.h"
#include "models/detector/series_regimes.h"
#include "models/detector/stream_detector.h"
#include "models/tail/spot.h"

namespace quoin {
namespace {

constexpr std::size_t rows_min = 20;

/// The entries of `columns` in order of time.
Result<Detection> ordered_series(const Table& table, const DetectionRequest& request) {
    TRY(column_of_times, table.column(request.time_column));
    TRY(time, time_column(*column_of_times));
    std::vector<const Numbers*> numbers;
    for (const auto& name : request.value_columns) {
        TRY(column, table.column(name));
        if (column->kind() != ColumnKind::number) return fail_field(ErrorKind::invalid, name, "column '{}' holds no numbers", name);
        numbers.push_back(&column->numbers());
    }
    Detection found{.form = time.form};
    const Times& times = time.times;
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < table.rows(); ++row) {
        bool whole = !times[row].is_missing();
        for (const auto* column : numbers) whole = whole && std::isfinite((*column)[row]);
        if (whole) rows.push_back(row);
    }
    found.rows_without_value = table.rows() - rows.size();
    if (rows.size() < rows_min)
        return fail(ErrorKind::invalid, "the series has {} rows with all values; detection needs at least {}", rows.size(), rows_min);
    std::stable_sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) { return times[a] < times[b]; });
    found.values.resize(numbers.size());
    for (std::size_t row : rows) {
        found.equal_times += !found.times.empty() && found.times.back() == times[row];
        found.times.push_back(times[row]);
        for (std::size_t j = 0; j < numbers.size(); ++j) found.values[j].push_back((*numbers[j])[row]);
    }
    found.shares.assign(numbers.size(), std::vector<double>(rows.size(), 0.0));
    return found;
}

std::vector<double> entry_of(const Detection& found, std::size_t entry) {
    std::vector<double> values;
    for (const auto& column : found.values) values.push_back(column[entry]);
    return values;
}

Status run_stream(Detection& found, const DetectionRequest& request) {
    StreamOptions options{.columns = found.values.size(), .seed = request.seed};
    options.members = request.method == "forest" ? StreamMembers::forest : StreamMembers::all;
    options.warm_up = std::min(options.warm_up, found.times.size() / 5);
    TRY(detector, StreamDetector::make(options));
    std::vector<double> shares(found.values.size());
    for (std::size_t entry = 0; entry < found.times.size(); ++entry) {
        TRY(judged, detector.update(entry_of(found, entry), shares));
        found.scores.push_back(judged.score);
        if (judged.alarm) found.alarms.push_back(entry);
        for (std::size_t j = 0; j < shares.size(); ++j) found.shares[j][entry] = shares[j];
    }
    return {};
}

/// Both tails of every column: a value and its negative each have a DSPOT of their own with half the risk.
Status run_tail(Detection& found, const DetectionRequest& request) {
    SpotOptions options{.risk = request.risk / 2};
    options.calibration = std::clamp<std::size_t>(found.times.size() / 5, 500, 1000);
    if (found.times.size() < 2 * options.calibration)
        return fail(ErrorKind::invalid, "the series has {} rows; streaming extreme values need at least 1000", found.times.size());
    found.scores.assign(found.times.size(), 0.0);
    for (std::size_t j = 0; j < found.values.size(); ++j) {
        TRY(upper, Spot::make(options));
        TRY(lower, Spot::make(options));
        for (std::size_t entry = 0; entry < found.times.size(); ++entry) {
            TRY(high, upper.update(found.values[j][entry]));
            TRY(low, lower.update(-found.values[j][entry]));
            if (!high.alarm && !low.alarm) continue;
            found.shares[j][entry] = 1;
            found.scores[entry] = 1;
        }
    }
    for (std::size_t entry = 0; entry < found.times.size(); ++entry)
        if (found.scores[entry] > 0) found.alarms.push_back(entry);
    return {};
}

/// Values on the logistic scale of the first fifth; the score is held against the highest it could be.
Status run_half_space(Detection& found, const DetectionRequest& request) {
    HalfSpaceOptions options{.dimensions = found.values.size(), .depth = 10, .window = 250, .seed = request.seed};
    options.window = std::clamp<std::size_t>(found.times.size() / 5, 2, options.window);
    TRY(trees, HalfSpaceTrees::make(options));
    std::vector<RobustScale> scales;
    for (const auto& column : found.values) scales.push_back(RobustScale::of(std::span(column).first(options.window)));
    double most = std::log2(static_cast<double>(options.trees * options.window));
    for (std::size_t entry = 0; entry < found.times.size(); ++entry) {
        auto values = entry_of(found, entry);
        for (std::size_t j = 0; j < values.size(); ++j) values[j] = 1 / (1 + std::exp(-scales[j].standardised(values[j]) / 3));
        TRY(score, trees.update(values));
        found.scores.push_back(std::clamp(score / most, 0.0, 1.0));
        if (found.scores.back() > 0.5) found.alarms.push_back(entry);
    }
    return {};
}

Status find_changes(Detection& found) {
    for (std::size_t j = 0; j < found.values.size(); ++j) {
        TRY(found_regimes, regimes_of(found.values[j]));
        const auto& regimes = found_regimes.regimes;
        for (std::size_t i = 1; i < regimes.size(); ++i)
            found.changes.push_back({regimes[i].first, j, regimes[i - 1].mean, regimes[i].mean});
    }
    return {};
}

}  // namespace

Result<Detection> detect(const Table& table, const DetectionRequest& request) {
    TRY(found, ordered_series(table, request));
    if (request.method == "ensemble" || request.method == "forest") TRY_VOID(run_stream(found, request));
    else if (request.method == "tail") TRY_VOID(run_tail(found, request));
    else if (request.method == "half-space") TRY_VOID(run_half_space(found, request));
    else return fail_field(ErrorKind::invalid, "method", "the method is ensemble, forest, tail or half-space, not '{}'", request.method);
    TRY_VOID(find_changes(found));
    return std::move(found);
}

std::vector<Detection::Change> largest_changes(const Detection& detection, std::size_t most) {
    std::vector<double> spreads;
    for (const auto& values : detection.values) {
        double mean = 0, square = 0, count = 0;
        for (double value : values) {  // Welford's update
            double distance = value - mean;
            mean += distance / ++count;
            square += distance * (value - mean);
        }
        spreads.push_back(std::sqrt(square / count));
    }
    auto size = [&](const Detection::Change& change) { return std::abs(change.after - change.before) / spreads[change.column]; };
    auto changes = detection.changes;
    if (changes.size() <= most) return changes;
    std::ranges::stable_sort(changes, std::greater(), size);
    changes.resize(most);
    std::ranges::stable_sort(changes, {}, &Detection::Change::entry);
    return changes;
}

}  // namespace quoin
