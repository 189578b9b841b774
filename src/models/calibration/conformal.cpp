#include "models/calibration/conformal.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>

namespace quoin {
namespace {

/// The level at which group factors are fitted and most intervals are asked.
constexpr double reference_miss = 0.05;
constexpr int rounds = 4;  // of bins given groups given bins; thresholds move by less than 1 % after the third on 17,000 house sales

/// Position of the score of rank ⌈(n + 1)(1 − miss) + margin √(n miss (1 − miss))⌉ among n sorted ones; the largest when n is too small
/// for the level. Grows with the level: where the root would outweigh the first term, the rank is beyond n.
std::size_t position_of(double miss, std::size_t rows, double margin) {
    double n = static_cast<double>(rows);
    // 1e-9: (n + 1)(1 − miss) is often a whole number up to rounding, e.g. 100 · 0.95.
    double rank = std::ceil((n + 1) * (1 - miss) + margin * std::sqrt(n * miss * (1 - miss)) - 1e-9);
    return static_cast<std::size_t>(std::clamp(rank, 1.0, n)) - 1;
}

double threshold_of(std::vector<double> scores, double miss) {
    auto at = scores.begin() + static_cast<std::ptrdiff_t>(position_of(miss, scores.size(), 0));
    std::nth_element(scores.begin(), at, scores.end());
    return *at;
}

/// Rows ordered by label and cut into bins; equal labels are never parted.
struct LabelBins {
    std::vector<std::size_t> order, ends;  ///< row numbers; one past the last of each bin in `order`
    std::vector<double> nodes;

    std::size_t begin(std::size_t bin) const { return bin == 0 ? 0 : ends[bin - 1]; }
};

LabelBins label_bins(std::span<const CalibrationRow> rows, const ConformalOptions& options) {
    LabelBins bins;
    bins.order.resize(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) bins.order[i] = i;
    std::stable_sort(bins.order.begin(), bins.order.end(), [&](std::size_t a, std::size_t b) { return rows[a].label < rows[b].label; });
    auto label = [&](std::size_t i) { return rows[bins.order[i]].label; };
    std::size_t count = std::clamp<std::size_t>(rows.size() / options.bin_rows_min, 1, options.label_bins);
    for (std::size_t bin = 0; bin < count; ++bin) {
        std::size_t first = bins.ends.empty() ? 0 : bins.ends.back();
        std::size_t last = (bin + 1) * rows.size() / count;
        while (last < rows.size() && last > 0 && label(last) == label(last - 1)) ++last;
        if (rows.size() - last < options.bin_rows_min) last = rows.size();
        if (last == rows.size() && first == last) break;
        if (last < rows.size() && last - std::min(first, last) < options.bin_rows_min) continue;
        bins.ends.push_back(last);
        bins.nodes.push_back((label(first + (last - first - 1) / 2) + label(first + (last - first) / 2)) / 2);
    }
    return bins;
}

double interpolated(std::span<const double> nodes, std::span<const double> thresholds, double label) {
    std::size_t above = static_cast<std::size_t>(std::upper_bound(nodes.begin(), nodes.end(), label) - nodes.begin());
    if (above == 0) return thresholds.front();
    if (above == nodes.size()) return thresholds.back();
    double share = (label - nodes[above - 1]) / (nodes[above] - nodes[above - 1]);
    return thresholds[above - 1] + share * (thresholds[above] - thresholds[above - 1]);
}

using GroupRows = std::map<std::int32_t, std::vector<std::size_t>>;

/// Factors of groups given the thresholds by label: each the group's own threshold over that of all, shrunk to 1.
std::map<std::int32_t, double> factors_of(const GroupRows& groups, std::span<const double> relative_scores, double shrinkage_rows) {
    std::map<std::int32_t, double> factors;
    for (const auto& [group, members] : groups) {
        std::vector<double> own;
        for (std::size_t row : members) own.push_back(relative_scores[row]);
        double n = static_cast<double>(own.size());
        // At most 8 either way, so that a group of exact predictions does not get empty intervals.
        double factor = std::clamp(threshold_of(std::move(own), reference_miss), 1.0 / 8, 8.0);
        factors[group] = std::pow(factor, n / (n + shrinkage_rows));
    }
    return factors;
}

Status check_input(std::span<const CalibrationRow> rows, const ConformalOptions& options) {
    constexpr std::size_t rows_min = 20;  // below, no score has rank 95 %
    if (rows.size() < rows_min)
        return fail(ErrorKind::invalid, "conformal calibration needs at least {} held-out rows; there are {}", rows_min, rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i];
        if (!std::isfinite(row.prediction) || !std::isfinite(row.label))
            return fail(ErrorKind::invalid, "calibration row {} has a label or prediction that is not a finite number", i);
        if (!(row.difficulty > 0) || !std::isfinite(std::abs(row.label - row.prediction) / row.difficulty))
            return fail(ErrorKind::invalid, "calibration row {} has difficulty {}; it must be positive and not vanish", i, row.difficulty);
        if (row.group < -1) return fail(ErrorKind::invalid, "calibration row {} has group {}; use -1 for none", i, row.group);
    }
    if (options.label_bins < 1 || options.label_bins > 1000 || options.bin_rows_min < 1)
        return fail(ErrorKind::invalid, "conformal calibration takes 1 to 1000 label bins of at least 1 row");
    if (!(options.group_shrinkage_rows >= 0) || !(options.margin_deviations >= 0 && options.margin_deviations <= 10))
        return fail(ErrorKind::invalid, "conformal calibration takes a shrinkage of 0 rows or more and a margin of 0 to 10 deviations");
    return {};
}

}  // namespace

Result<Conformal> Conformal::fit(std::span<const CalibrationRow> rows, const ConformalOptions& options) {
    TRY_VOID(check_input(rows, options));
    std::vector<double> scores(rows.size());
    GroupRows group_rows;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        scores[i] = std::abs(rows[i].label - rows[i].prediction) / rows[i].difficulty;
        if (rows[i].group >= 0) group_rows[rows[i].group].push_back(i);
    }
    LabelBins bins = label_bins(rows, options);
    std::map<std::int32_t, double> factors;
    auto by_group = [&](std::size_t i) { return rows[i].group >= 0 ? scores[i] / factors.at(rows[i].group) : scores[i]; };
    std::vector<double> thresholds(bins.nodes.size(), threshold_of(scores, reference_miss)), relative(rows.size());
    for (int round = 0; round < rounds && !group_rows.empty(); ++round) {
        for (std::size_t i = 0; i < rows.size(); ++i)
            relative[i] = scores[i] / std::max(interpolated(bins.nodes, thresholds, rows[i].label), 1e-12);
        factors = factors_of(group_rows, relative, options.group_shrinkage_rows);
        for (std::size_t bin = 0; bin < bins.nodes.size(); ++bin) {
            std::vector<double> own;
            for (std::size_t i = bins.begin(bin); i < bins.ends[bin]; ++i) own.push_back(by_group(bins.order[i]));
            thresholds[bin] = threshold_of(std::move(own), reference_miss);
        }
    }
    Conformal conformal;
    conformal.margin_deviations_ = options.margin_deviations;
    conformal.nodes_ = bins.nodes;
    conformal.bin_ends_ = bins.ends;
    for (std::size_t i : bins.order) conformal.scores_.push_back(by_group(i));
    for (std::size_t bin = 0; bin < bins.ends.size(); ++bin)
        std::sort(conformal.scores_.begin() + static_cast<std::ptrdiff_t>(bins.begin(bin)),
                  conformal.scores_.begin() + static_cast<std::ptrdiff_t>(bins.ends[bin]));
    for (const auto& [group, factor] : factors) {
        conformal.groups_.push_back(group);
        conformal.group_factors_.push_back(factor);
    }
    return conformal;
}

Interval Conformal::interval(double prediction, double difficulty, std::int32_t group, Probability level) const {
    assert(difficulty > 0 && std::isfinite(difficulty));
    auto found = std::lower_bound(groups_.begin(), groups_.end(), group);
    bool known = found != groups_.end() && *found == group;
    double scale = known ? difficulty * group_factors_[static_cast<std::size_t>(found - groups_.begin())] : difficulty;
    double miss = std::clamp(1 - level.value(), 0.0, 1.0);
    auto reach = [&](std::size_t bin) {
        std::size_t begin = bin == 0 ? 0 : bin_ends_[bin - 1];
        return scale * scores_[begin + position_of(miss, bin_ends_[bin] - begin, margin_deviations_)];
    };
    // Walks the nodes from the far end inwards. `spare` is what the threshold admits beyond the node's distance from the prediction; it is
    // linear between nodes, so the outermost admitted label is where it first reaches zero. Beyond the end nodes thresholds are constant.
    auto outermost = [&](double side) {
        std::size_t last = nodes_.size() - 1;
        auto bin_at = [&](std::size_t step) { return side > 0 ? last - step : step; };
        double reached = reach(bin_at(0)), outer_spare = reached - side * (nodes_[bin_at(0)] - prediction);
        if (outer_spare >= 0) return prediction + side * reached;
        for (std::size_t step = 1; step <= last; ++step) {
            double node = nodes_[bin_at(step)], outer_node = nodes_[bin_at(step - 1)];
            reached = reach(bin_at(step));
            double spare = reached - side * (node - prediction);
            if (spare >= 0) return node + (outer_node - node) * (spare / (spare - outer_spare));
            outer_spare = spare;
        }
        return prediction + side * reached;
    };
    return {std::min(outermost(-1), prediction), std::max(outermost(1), prediction)};
}

double Conformal::half_width_one_sigma(double prediction, double difficulty, std::int32_t group) const {
    auto [lower, upper] = interval(prediction, difficulty, group, Probability{std::erf(1 / std::sqrt(2.0))});
    return (upper - lower) / 2;
}

}  // namespace quoin
