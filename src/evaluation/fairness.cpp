#include "evaluation/fairness.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace quoin {
namespace {

constexpr std::size_t groups_max = 64;
constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t score_bins = 10;

double over(double part, double whole) { return whole > 0 ? part / whole : none; }

/// What is counted of one group.
struct Counts {
    std::size_t rows = 0, positive_decisions = 0, positives = 0, true_positives = 0, false_positives = 0;
    double scores = 0, squares = 0;
    std::vector<double> bin_rows = std::vector<double>(score_bins), bin_scores = bin_rows, bin_labels = bin_rows;
    bool are_probabilities = true;

    void add(double score, double label, double threshold) {
        bool decided = score >= threshold;
        ++rows, positive_decisions += decided, positives += label == 1;
        true_positives += decided && label == 1, false_positives += decided && label == 0;
        scores += score, squares += score * score;
        are_probabilities = are_probabilities && score >= 0 && score <= 1;
        if (!are_probabilities) return;
        auto bin = std::min(score_bins - 1, static_cast<std::size_t>(score * score_bins));
        bin_rows[bin] += 1, bin_scores[bin] += score, bin_labels[bin] += label;
    }
    double n() const { return static_cast<double>(rows); }
    double negatives() const { return n() - static_cast<double>(positives); }
    double mean() const { return scores / n(); }
    double sum_of_squares() const { return std::max(0.0, squares - scores * scores / n()); }
    std::size_t favourable(bool positive_is_favourable) const {
        return positive_is_favourable ? positive_decisions : rows - positive_decisions;
    }
    double calibration_error() const {
        if (!are_probabilities) return none;
        double error = 0;
        for (std::size_t b = 0; b < score_bins; ++b) error += std::abs(bin_scores[b] - bin_labels[b]) / n();
        return error;
    }
};

GroupFairness told(const std::string& group, const Counts& counts, bool positive_is_favourable) {
    return {.group = group,
            .rows = counts.rows,
            .favourable_rate = static_cast<double>(counts.favourable(positive_is_favourable)) / counts.n(),
            .true_positive_rate = over(static_cast<double>(counts.true_positives), static_cast<double>(counts.positives)),
            .false_positive_rate = over(static_cast<double>(counts.false_positives), counts.negatives()),
            .positive_predictive_value = over(static_cast<double>(counts.true_positives), static_cast<double>(counts.positive_decisions)),
            .mean_score = counts.mean(),
            .outcome_rate = static_cast<double>(counts.positives) / counts.n(),
            .calibration_error = counts.calibration_error()};
}

/// A group, and what it was told from.
struct Side {
    const GroupFairness& group;
    const Counts& counts;
};

GroupComparison compared(const Side& own, const Side& reference, bool positive_is_favourable) {
    GroupComparison comparison{.group = own.group.group,
                               .adverse_impact_ratio = over(own.group.favourable_rate, reference.group.favourable_rate)};
    auto spread = [](const GroupFairness& group) {
        return over(1 - group.favourable_rate, static_cast<double>(group.rows) * group.favourable_rate);
    };
    double half = 1.959963984540054 * std::sqrt(spread(own.group) + spread(reference.group));
    comparison.ratio_lower = comparison.adverse_impact_ratio * std::exp(-half);
    comparison.ratio_upper = comparison.adverse_impact_ratio * std::exp(half);
    double pooled = std::sqrt((own.counts.sum_of_squares() + reference.counts.sum_of_squares()) /
                              (own.counts.n() + reference.counts.n() - 2));
    comparison.standardised_mean_difference = over(own.group.mean_score - reference.group.mean_score, pooled);
    double true_gap = own.group.true_positive_rate - reference.group.true_positive_rate;
    double false_gap = own.group.false_positive_rate - reference.group.false_positive_rate;
    comparison.equal_opportunity_difference = positive_is_favourable ? true_gap : -false_gap;
    comparison.equalised_odds_gap = std::max(std::abs(true_gap), std::abs(false_gap));
    if (std::isnan(true_gap) || std::isnan(false_gap)) comparison.equalised_odds_gap = none;
    bool are_probabilities = own.counts.are_probabilities && reference.counts.are_probabilities;
    auto bias = [](const GroupFairness& group) { return group.mean_score - group.outcome_rate; };
    comparison.calibration_gap = are_probabilities ? bias(own.group) - bias(reference.group) : none;
    auto favoured = own.counts.favourable(positive_is_favourable), others = reference.counts.favourable(positive_is_favourable);
    comparison.p_value = fisher_exact_p(favoured, own.counts.rows - favoured, others, reference.counts.rows - others);
    return comparison;
}

template <class Item>
std::vector<std::pair<std::string, Item>> reference_first(const std::map<std::string, Item>& groups, const std::string& reference,
                                                          const auto& size) {
    std::vector<std::pair<std::string, Item>> ordered(groups.begin(), groups.end());
    std::ranges::stable_sort(ordered, [&](const auto& a, const auto& b) {
        if ((a.first == reference) != (b.first == reference)) return a.first == reference;
        return size(a.second) > size(b.second);
    });
    return ordered;
}

Status check_groups(std::size_t groups, bool has_reference, const std::string& reference) {
    if (groups > groups_max) return fail(ErrorKind::too_large, "{} groups; the limit is {}", groups, groups_max);
    if (!has_reference) return fail_field(ErrorKind::invalid, "reference", "no row is of the reference group '{}'", reference);
    return {};
}

double log_choose(double n, double k) { return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1); }

double median(std::vector<double> values) {
    auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    if (values.size() % 2 == 1) return *middle;
    return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

}  // namespace

double fisher_exact_p(std::size_t a, std::size_t b, std::size_t c, std::size_t d) {
    double first = static_cast<double>(a + b), second = static_cast<double>(c + d), chosen = static_cast<double>(a + c);
    double all = log_choose(first + second, chosen);
    auto log_probability = [&](double k) { return log_choose(first, k) + log_choose(second, chosen - k) - all; };
    double observed = log_probability(static_cast<double>(a)) + 1e-7, p = 0;
    for (double k = std::max(0.0, chosen - second); k <= std::min(first, chosen); ++k)
        if (double one = log_probability(k); one <= observed) p += std::exp(one);
    return std::min(1.0, p);
}

Result<FairnessAudit> audit_fairness(const FairnessRows& rows, std::string attribute, std::string reference) {
    if (rows.scores.empty() || rows.labels.size() != rows.scores.size() || rows.groups.size() != rows.scores.size())
        return fail(ErrorKind::invalid, "{} scores, {} labels and {} groups are no rows", rows.scores.size(), rows.labels.size(),
                    rows.groups.size());
    std::map<std::string, Counts> counts;
    for (std::size_t i = 0; i < rows.scores.size(); ++i) {
        if (!std::isfinite(rows.scores[i]) || (rows.labels[i] != 0 && rows.labels[i] != 1))
            return fail(ErrorKind::invalid, "row {}: score {} and label {}", i + 1, rows.scores[i], rows.labels[i]);
        if (!rows.groups[i].empty()) counts[rows.groups[i]].add(rows.scores[i], rows.labels[i], rows.threshold);
    }
    TRY_VOID(check_groups(counts.size(), counts.contains(reference), reference));
    FairnessAudit audit{.attribute = std::move(attribute), .reference = reference};
    auto ordered = reference_first(counts, reference, [](const Counts& one) { return one.rows; });
    for (const auto& [group, own] : ordered) {
        audit.groups.push_back(told(group, own, rows.positive_is_favourable));
        if (group == reference) continue;
        if (own.rows < fairness_group_rows_min || ordered.front().second.rows < fairness_group_rows_min) {
            audit.notes.push_back(fmt::format("{} '{}' has {} rows, too few to compare", audit.attribute, group, own.rows));
            continue;
        }
        audit.comparisons.push_back(
            compared({audit.groups.back(), own}, {audit.groups.front(), ordered.front().second}, rows.positive_is_favourable));
    }
    return audit;
}

Result<std::vector<GroupValuation>> audit_valuation(const ValuationRows& rows, const std::string& reference) {
    if (rows.values.empty() || rows.labels.size() != rows.values.size() || rows.groups.size() != rows.values.size())
        return fail(ErrorKind::invalid, "{} values, {} labels and {} groups are no rows", rows.values.size(), rows.labels.size(),
                    rows.groups.size());
    std::map<std::string, std::vector<std::size_t>> members;
    for (std::size_t i = 0; i < rows.values.size(); ++i) {
        if (!std::isfinite(rows.values[i]) || !(rows.labels[i] > 0))
            return fail(ErrorKind::invalid, "row {}: value {} for {}", i + 1, rows.values[i], rows.labels[i]);
        if (!rows.groups[i].empty()) members[rows.groups[i]].push_back(i);
    }
    TRY_VOID(check_groups(members.size(), members.contains(reference), reference));
    std::vector<GroupValuation> audit;
    for (const auto& [group, own] : reference_first(members, reference, [](const auto& one) { return one.size(); })) {
        if (own.size() < fairness_group_rows_min) continue;
        GroupValuation told{.group = group, .rows = own.size()};
        std::vector<double> errors;
        double n = static_cast<double>(own.size()), covered = 0;
        for (auto i : own) {
            errors.push_back(rows.values[i] / rows.labels[i] - 1);
            told.mape += std::abs(errors.back()) / n;
            told.ppe10 += (std::abs(errors.back()) <= 0.1) / n;
            told.undervalued15 += (errors.back() < -0.15) / n;
            if (!rows.intervals.empty())
                covered += (rows.labels[i] >= rows.intervals[i].first && rows.labels[i] <= rows.intervals[i].second) / n;
        }
        told.median_error = median(std::move(errors));
        if (!rows.intervals.empty()) told.coverage = covered;
        audit.push_back(std::move(told));
    }
    return audit;
}

}  // namespace quoin
