#include "models/detector/series_regimes.h"

#include <algorithm>

#include "models/detector/change_point.h"
#include "models/detector/robust_scale.h"

namespace quoin {
namespace {

constexpr double expected_run_share = 0.2, expected_run_min = 10;

double mean_of(std::span<const double> values) {
    double sum = 0;
    for (double value : values) sum += value / static_cast<double>(values.size());
    return sum;
}

}  // namespace

Result<SeriesRegimes> regimes_of(std::span<const double> values) {
    if (values.empty()) return fail(ErrorKind::invalid, "the series has no value");
    auto scale = RobustScale::of(values);
    ChangePointOptions options{.model = RunModel::student, .mean_weight = 0.1, .rate = 0.5};
    options.expected_run = std::max(expected_run_min, expected_run_share * static_cast<double>(values.size()));
    options.runs_max = 200;
    TRY(detector, ChangePointDetector::make(options));
    SeriesRegimes found{};
    std::vector<std::uint32_t> lengths;
    for (double value : values) {
        TRY(report, detector.update(scale.standardised(value)));
        lengths.push_back(report.length);
        found.recent_change = report.recent_change;
    }
    std::vector<std::size_t> starts{0};
    std::ranges::copy(run_starts(lengths), std::back_inserter(starts));
    for (std::size_t i = 0; i < starts.size(); ++i) {
        auto end = i + 1 < starts.size() ? starts[i + 1] : values.size();
        found.regimes.push_back({starts[i], mean_of(values.subspan(starts[i], end - starts[i]))});
    }
    return found;
}

}  // namespace quoin
