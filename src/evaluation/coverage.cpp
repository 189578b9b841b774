#include "evaluation/coverage.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <unordered_map>

#include "base/parallel.h"

namespace quoin {
namespace {

struct Sums {
    std::size_t rows = 0, covered = 0;
    double width_share = 0;

    void add(const IntervalOutcome& outcome) {
        ++rows;
        covered += outcome.label >= outcome.lower && outcome.label <= outcome.upper;
        width_share += (outcome.upper - outcome.lower) / std::abs(outcome.value);
    }
    CoverageRow row(std::string segment) const {
        double n = static_cast<double>(rows);
        return {std::move(segment), rows, static_cast<double>(covered) / n, width_share / n};
    }
};

Status check(const IntervalOutcome& outcome, std::size_t row) {
    for (double number : {outcome.value, outcome.lower, outcome.upper, outcome.label})
        if (!std::isfinite(number)) return fail(ErrorKind::invalid, "row {} of a coverage study has a number that is not finite", row);
    if (outcome.lower > outcome.upper)
        return fail(ErrorKind::invalid, "the interval of row {} ends at {}, before it begins at {}", row, outcome.upper, outcome.lower);
    if (outcome.value == 0) return fail(ErrorKind::invalid, "the value of row {} is 0, which has no relative width", row);
    return {};
}

Status check(std::span<const IntervalOutcome> outcomes) {
    if (outcomes.empty()) return fail(ErrorKind::invalid, "a coverage study needs at least one row");
    for (std::size_t row = 0; row < outcomes.size(); ++row) TRY_VOID(check(outcomes[row], row));
    return {};
}

}  // namespace

Result<CoverageRow> coverage(std::span<const IntervalOutcome> outcomes) {
    TRY_VOID(check(outcomes));
    Sums sums;
    for (const auto& outcome : outcomes) sums.add(outcome);
    return sums.row("all");
}

Result<std::vector<CoverageRow>> coverage_by(std::span<const IntervalOutcome> outcomes, std::span<const std::string> names) {
    TRY_VOID(check(outcomes));
    if (names.size() != outcomes.size())
        return fail(ErrorKind::invalid, "there are {} intervals but {} segment names", outcomes.size(), names.size());
    std::unordered_map<std::string_view, std::size_t> positions;
    std::vector<Sums> sums;
    std::vector<std::string> segments;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        auto [position, is_new] = positions.emplace(names[i], sums.size());
        if (is_new) {
            sums.emplace_back();
            segments.push_back(names[i]);
        }
        sums[position->second].add(outcomes[i]);
    }
    std::vector<CoverageRow> rows;
    for (std::size_t i = 0; i < sums.size(); ++i) rows.push_back(sums[i].row(segments[i]));
    return rows;
}

Result<std::vector<CoverageAtLevel>> coverage_curve(std::size_t rows, std::span<const double> levels,
                                                    const std::function<IntervalOutcome(std::size_t row, double level)>& outcome) {
    std::vector<CoverageAtLevel> curve;
    std::vector<IntervalOutcome> outcomes(rows);
    constexpr std::size_t block = 256;  // rows a job: far above the cost of handing out a job
    for (double level : levels) {
        parallel_for((rows + block - 1) / block, [&](std::size_t job) {
            for (std::size_t row = job * block; row < std::min(rows, (job + 1) * block); ++row) outcomes[row] = outcome(row, level);
        });
        TRY(all, coverage(outcomes));
        curve.push_back({level, all.coverage, all.mean_width_share});
    }
    return curve;
}

Result<std::vector<FsdBin>> fsd_calibration(std::span<const FsdOutcome> outcomes, std::size_t bins) {
    if (outcomes.empty()) return fail(ErrorKind::invalid, "an FSD calibration needs at least one row");
    if (bins < 1) return fail(ErrorKind::invalid, "the number of FSD bins is 0; it must be at least 1");
    for (std::size_t row = 0; row < outcomes.size(); ++row) {
        const auto& outcome = outcomes[row];
        bool finite = std::isfinite(outcome.value) && std::isfinite(outcome.fsd) && std::isfinite(outcome.label);
        if (!finite || outcome.value <= 0 || outcome.fsd < 0)
            return fail(ErrorKind::invalid, "row {} needs a value above 0, an FSD of 0 or more and a finite label", row);
    }
    std::vector<FsdOutcome> sorted(outcomes.begin(), outcomes.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const FsdOutcome& a, const FsdOutcome& b) { return a.fsd < b.fsd; });
    std::vector<FsdBin> result;
    for (std::size_t bin = 0, first = 0; bin < bins; ++bin) {
        std::size_t last = std::max(first, (bin + 1) * sorted.size() / bins);
        while (last > first && last < sorted.size() && sorted[last].fsd == sorted[last - 1].fsd) ++last;
        if (last == first) continue;
        std::size_t within = 0;
        double fsd_sum = 0;
        for (std::size_t i = first; i < last; ++i) {
            within += std::abs(sorted[i].label - sorted[i].value) <= sorted[i].fsd * sorted[i].value;
            fsd_sum += sorted[i].fsd;
        }
        double rows = static_cast<double>(last - first);
        result.push_back({sorted[first].fsd, sorted[last - 1].fsd, fsd_sum / rows, last - first, static_cast<double>(within) / rows});
        first = last;
    }
    return result;
}

boost::json::object to_json(const CoverageRow& row) {
    return {{"segment", row.segment}, {"rows", row.rows}, {"coverage", row.coverage}, {"mean_width_share", row.mean_width_share}};
}

boost::json::object to_json(const CoverageAtLevel& level) {
    return {{"level", level.level}, {"coverage", level.coverage}, {"mean_width_share", level.mean_width_share}};
}

boost::json::object to_json(const FsdBin& bin) {
    return {{"fsd_min", bin.fsd_min},
            {"fsd_max", bin.fsd_max},
            {"fsd_mean", bin.fsd_mean},
            {"rows", bin.rows},
            {"within_share", bin.within_share}};
}

}  // namespace quoin
